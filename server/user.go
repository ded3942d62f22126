package server

import (
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// listUsers gives everyone by name and role, for pickers. Any person signed in may.
func listUsers(c *call) (*answer, error) {
	role := c.r.URL.Query().Get("role")
	var all []*access.User
	err := c.view(func(tx *engine.Tx) (err error) {
		if role != "" {
			all, err = access.UsersByRole(tx, role)
			return err
		}
		all, err = access.Users(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(map[string]any{"users": all})
}

// createUser adds a person. Needs the right configure.
func createUser(c *call) (*answer, error) {
	var in struct {
		Login    string   `json:"login"`
		Name     string   `json:"name"`
		Roles    []string `json:"roles"`
		Branch   string   `json:"branch"`
		Language string   `json:"language"`
		Password string   `json:"password"`
	}
	if err := c.need(access.Configure); err != nil {
		return nil, err
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	h, err := access.HashPassword(in.Password)
	if err != nil {
		return nil, err
	}
	return c.update(func(tx *engine.Tx) (string, error) {
		u, err := access.Create(tx, c.actor, access.User{ID: in.Login, Name: in.Name, Roles: in.Roles, Branch: in.Branch, Language: in.Language}, h)
		if err != nil {
			return "", err
		}
		return u.ID, nil
	}, func(tx *engine.Tx, id string) (*answer, error) {
		u, err := access.Lookup(tx, id)
		if err != nil {
			return nil, err
		}
		return created(apiPath+"/users/"+id, u)
	})
}

// changeUser changes a person: name, roles, branch, language, active, password. Needs the right configure.
func changeUser(c *call) (*answer, error) {
	var in struct {
		access.Change
		Password *string `json:"password"`
	}
	if err := c.need(access.Configure); err != nil {
		return nil, err
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	var h access.Hash
	if in.Password != nil {
		var err error
		if h, err = access.HashPassword(*in.Password); err != nil {
			return nil, err
		}
	}
	id := c.path("id")
	return c.update(func(tx *engine.Tx) (string, error) {
		if h != "" {
			if err := access.SetPassword(tx, c.actor, id, h, c.session.ID); err != nil {
				return "", err
			}
		}
		_, err := access.Apply(tx, c.actor, id, in.Change)
		return id, err
	}, func(tx *engine.Tx, id string) (*answer, error) {
		u, err := access.Lookup(tx, id)
		if err != nil {
			return nil, err
		}
		return ok(u)
	})
}
