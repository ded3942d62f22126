package server

import (
	"errors"
	"net/http"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
)

// person is the actor as the pages need it.
type person struct {
	access.Actor
	Rights []access.Right `json:"rights"`
}

func (c *call) me() person {
	a := c.actor
	if a.Roles == nil {
		a.Roles = []string{}
	}
	return person{a, a.Rights()}
}

// signIn starts a session. Open to everyone; slowed down by login and address.
func signIn(c *call) (*answer, error) {
	var in struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Login == "":
		return nil, badField("login", "required")
	case in.Password == "":
		return nil, badField("password", "required")
	}
	address := c.s.address(c.r)
	if wait, ok := c.s.guard.Allow(in.Login, address, c.s.engine.Now()); !ok {
		return nil, &slow{"tries", wait}
	}
	var u *access.User
	if err := c.view(func(tx *engine.Tx) (err error) {
		u, err = access.Find(tx, in.Login)
		return err
	}); err != nil {
		return nil, err
	}
	if err := u.Verify(in.Password); err != nil {
		return nil, err
	}
	var fresh access.Hash
	if u.Outdated() {
		fresh, _ = access.HashPassword(in.Password)
	}
	if err := c.open(u, fresh); err != nil {
		return nil, err
	}
	c.s.guard.Succeeded(in.Login, address, c.s.engine.Now())
	c.actor = u.Actor()
	return ok(c.me())
}

// open starts a session by a new cookie, and ends the one whose cookie came.
func (c *call) open(u *access.User, fresh access.Hash) error {
	token, before := access.NewToken(), c.fromCookie()
	if err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		if err := access.Close(tx, before); err != nil {
			return err
		}
		_, err := access.Open(tx, u, token, fresh)
		return err
	}); err != nil {
		return err
	}
	c.setCookie(string(token), int(access.Longest/time.Second))
	return nil
}

func (c *call) setCookie(value string, age int) {
	secure := c.s.secure(c.r)
	http.SetCookie(c.w, &http.Cookie{
		Name: cookieName(secure), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}

// cookieName is the name of the session's cookie. Over TLS browsers hold the name to its prefix: no other host may have set it.
func cookieName(secure bool) string {
	if secure {
		return "__Host-voronka"
	}
	return "voronka"
}

// fromCookie is the token that the request's cookie holds; empty: there is none.
func (c *call) fromCookie() access.Token {
	k, err := c.r.Cookie(cookieName(c.s.secure(c.r)))
	if err != nil {
		return ""
	}
	return access.Token(k.Value)
}

// signOut ends the session of the cookie or token that came. ?everywhere=true ends the other sessions too.
func signOut(c *call) (*answer, error) {
	everywhere, err := c.flag("everywhere")
	if err != nil {
		return nil, err
	}
	err = c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		if everywhere {
			if err := access.EndAll(tx, c.actor, c.session.ID); err != nil {
				return err
			}
		}
		return access.End(tx, c.actor, c.session.ID)
	})
	if err != nil {
		return nil, err
	}
	c.setCookie("", -1)
	return nil, nil
}

// showMe tells who is signed in.
func showMe(c *call) (*answer, error) { return ok(c.me()) }

// changeMe sets the actor's own language.
func changeMe(c *call) (*answer, error) {
	var in struct {
		Language *string `json:"language"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		u, err := access.Apply(tx, c.actor, c.actor.ID, access.Change{Language: in.Language})
		if err == nil {
			c.actor = u.Actor()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(c.me())
}

// changePassword gives the actor a new password for the old one and ends all sessions; this one goes on by a new cookie.
func changePassword(c *call) (*answer, error) {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := c.json(&in); err != nil {
		return nil, err
	}
	if wait, ok := c.s.guard.Allow(c.actor.ID, c.s.address(c.r), c.s.engine.Now()); !ok {
		return nil, &slow{"tries", wait}
	}
	var u *access.User
	if err := c.view(func(tx *engine.Tx) (err error) {
		u, err = access.Find(tx, c.actor.ID)
		return err
	}); err != nil {
		return nil, err
	}
	if err := u.Verify(in.Old); err != nil {
		if errors.Is(err, access.ErrPassword) {
			err = badField("old", "different")
		}
		return nil, err
	}
	h, err := access.HashPassword(in.New)
	var invalid *access.Invalid
	if errors.As(err, &invalid) {
		return nil, badField("new", invalid.Code)
	}
	if err != nil {
		return nil, err
	}
	token, byTool := access.NewToken(), c.session.Name != ""
	if err := c.s.engine.Update(c.ctx(), func(tx *engine.Tx) error {
		if err := access.SetPassword(tx, c.actor, c.actor.ID, h, ""); err != nil || byTool {
			return err
		}
		u, err := access.Lookup(tx, c.actor.ID)
		if err == nil {
			_, err = access.Open(tx, u, token, "")
		}
		return err
	}); err != nil || byTool {
		return nil, err
	}
	c.setCookie(string(token), int(access.Longest/time.Second))
	return nil, nil
}
