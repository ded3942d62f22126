package server

import (
	"net/http"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// listTokens gives the actor's own API tokens, without their secrets.
func listTokens(c *call) (*answer, error) {
	var all []*access.Session
	err := c.view(func(tx *engine.Tx) (err error) {
		all, err = access.Tokens(tx, c.actor)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"tokens": all})
}

// createToken makes an API token with the actor's roles. Its secret is in this answer and nowhere else, so no key repeats it.
func createToken(c *call) (*answer, error) {
	var in struct {
		Name string `json:"name"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	secret := access.NewToken()
	var t *access.Session
	err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) (err error) {
		t, err = access.NewAPIToken(tx, c.actor, in.Name, secret)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusCreated, location: apiPath + "/tokens/" + t.ID, body: struct {
		*access.Session
		Token access.Token `json:"token"`
	}{t, secret}}, nil
}

// revokeToken ends a token, or a session, of the actor's; with the right configure, of anybody's.
func revokeToken(c *call) (*answer, error) {
	return nil, c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error { return access.End(tx, c.actor, c.path("id")) })
}
