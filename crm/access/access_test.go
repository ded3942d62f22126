package access_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/bolt"
)

// world is a store with a clock that the test turns.
type world struct {
	t   *testing.T
	e   *engine.Engine
	now time.Time
}

func open(t *testing.T) *world {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, now: time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)}
	w.e = engine.Open(store, engine.Options{Now: func() time.Time { return w.now }})
	return w
}

func (w *world) do(fn func(tx *engine.Tx) error) error {
	w.t.Helper()
	return w.e.Update(context.Background(), fn)
}

func (w *world) must(fn func(tx *engine.Tx) error) {
	w.t.Helper()
	if err := w.do(fn); err != nil {
		w.t.Fatal(err)
	}
}

var robot = access.System("robot")

func (w *world) user(id, password string, roles ...string) *access.User {
	w.t.Helper()
	h, err := access.HashPassword(password)
	if err != nil {
		w.t.Fatal(err)
	}
	var u *access.User
	w.must(func(tx *engine.Tx) (err error) {
		u, err = access.Create(tx, robot, access.User{ID: id, Name: id, Roles: roles}, h)
		return err
	})
	return u
}

func (w *world) who(t access.Token) string {
	w.t.Helper()
	var name string
	err := w.do(func(tx *engine.Tx) error {
		u, s, err := access.Who(tx, t)
		if err != nil {
			return err
		}
		name = u.ID
		if s.Due(tx.Now()) {
			return access.Touch(tx, s.ID)
		}
		return nil
	})
	if errors.Is(err, access.ErrNobody) {
		return "nobody"
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return name
}

func TestRights(t *testing.T) {
	var none access.Actor
	if none.Has("admin") || none.May(access.Configure) || len(none.Rights()) != 0 {
		t.Error("the zero actor may something")
	}
	if !robot.Has("anything") || !robot.May(access.Money) {
		t.Error("the product itself may not")
	}
	boss := access.Actor{ID: "vadim", Roles: []string{"head_of_sales"}}
	if got := fmt.Sprint(boss.Rights()); got != "[bonus override oversee]" {
		t.Error(got)
	}
	if boss.Has("sales_manager") {
		t.Error("the head of sales is of every role")
	}
}

func TestUsers(t *testing.T) {
	w := open(t)
	daria := w.user("Daria", "correct horse", "admin")
	if daria.ID != "daria" || !daria.Active || daria.Language != "ru" {
		t.Errorf("%+v", daria)
	}
	w.user("olga", "correct horse", "sales_manager", "sales_manager", "receptionist")
	olga := access.Actor{ID: "olga", Roles: []string{"sales_manager"}}
	admin := daria.Actor()
	text := func(s string) *string { return &s }
	roles := func(r ...string) *[]string { return &r }
	for _, c := range []struct {
		name string
		do   func(tx *engine.Tx) error
		want string
	}{
		{"a login twice", func(tx *engine.Tx) error {
			_, err := access.Create(tx, admin, access.User{ID: "OLGA", Name: "x"}, "")
			return err
		}, "create user olga: somebody has or had this login"},
		{"a name of the product's", func(tx *engine.Tx) error {
			_, err := access.Create(tx, admin, access.User{ID: "robot", Name: "x"}, "")
			return err
		}, "create user robot: somebody has or had this login"},
		{"an odd login", func(tx *engine.Tx) error {
			_, err := access.Create(tx, admin, access.User{ID: "a/b", Name: "x"}, "")
			return err
		}, "login: malformed"},
		{"no name", func(tx *engine.Tx) error {
			_, err := access.Create(tx, admin, access.User{ID: "x", Name: " "}, "")
			return err
		}, "name: required"},
		{"no right", func(tx *engine.Tx) error {
			_, err := access.Create(tx, olga, access.User{ID: "x", Name: "x"}, "")
			return err
		}, "this needs the right configure"},
		{"own language", func(tx *engine.Tx) error {
			_, err := access.Apply(tx, olga, "olga", access.Change{Language: text("en")})
			return err
		}, "<nil>"},
		{"own roles", func(tx *engine.Tx) error {
			_, err := access.Apply(tx, olga, "olga", access.Change{Roles: roles("admin")})
			return err
		}, "this needs the right configure"},
		{"the last admin", func(tx *engine.Tx) error {
			_, err := access.Apply(tx, admin, "daria", access.Change{Roles: roles("teacher")})
			return err
		}, "nobody could configure anything any more"},
		{"the last admin goes", func(tx *engine.Tx) error { return access.Deactivate(tx, admin, "daria") }, "nobody could configure anything any more"},
		{"nobody", func(tx *engine.Tx) error { return access.Deactivate(tx, admin, "ghost") }, "user ghost: not found"},
	} {
		if err := w.do(c.do); fmt.Sprint(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	w.must(func(tx *engine.Tx) error {
		some, err := access.UsersByRole(tx, "sales_manager")
		if err != nil || len(some) != 1 || some[0].ID != "olga" || some[0].Language != "en" {
			t.Errorf("%v %v", some, err)
		}
		if err := access.Deactivate(tx, admin, "olga"); err != nil {
			return err
		}
		some, err = access.UsersByRole(tx, "sales_manager")
		if err != nil || len(some) != 0 {
			t.Errorf("%v %v", some, err)
		}
		all, err := access.Users(tx)
		if len(all) != 2 {
			t.Errorf("%v", all)
		}
		return err
	})
}

func TestPassword(t *testing.T) {
	w := open(t)
	olga := w.user("olga", "correct horse", "sales_manager")
	if err := olga.Verify("correct horse"); err != nil {
		t.Error(err)
	}
	var nobody *access.User
	for name, err := range map[string]error{
		"a wrong one": olga.Verify("correct horsf"), "none": olga.Verify(""), "a huge one": olga.Verify(strings.Repeat("x", 1000)),
		"nobody": nobody.Verify("correct horse"), "who has none": (&access.User{Active: true}).Verify(""),
	} {
		if !errors.Is(err, access.ErrPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if olga.Outdated() {
		t.Error("a new hash is outdated")
	}
	for password, want := range map[string]string{"short": "password: too_short", string(make([]byte, 500)): "password: too_long", "\xff\xff\xff\xff\xff\xff\xff\xff": "password: malformed"} {
		if _, err := access.HashPassword(password); fmt.Sprint(err) != want {
			t.Errorf("%.10q: %v", password, err)
		}
	}
}

func TestSession(t *testing.T) {
	w := open(t)
	olga := w.user("olga", "correct horse", "sales_manager")
	phone, desk, tool := access.NewToken(), access.NewToken(), access.NewToken()
	var desks *access.Session
	w.must(func(tx *engine.Tx) (err error) {
		if _, err = access.Open(tx, olga, phone, ""); err != nil {
			return err
		}
		if _, err = access.NewAPIToken(tx, olga.Actor(), "1C", tool); err != nil {
			return err
		}
		desks, err = access.Open(tx, olga, desk, "")
		return err
	})
	if w.who(phone) != "olga" || w.who("vrk_x") != "nobody" || w.who("") != "nobody" {
		t.Error("a token tells the wrong one")
	}
	for range 10 { // used every three days: alive until the month is over
		w.now = w.now.Add(71 * time.Hour)
		if w.who(phone) != "olga" {
			t.Fatal("a session in use is over", w.now)
		}
	}
	if w.who(desk) != "nobody" {
		t.Error("a session not in use goes on")
	}
	w.now = w.now.Add(24 * time.Hour)
	if w.who(phone) != "nobody" || w.who(tool) != "olga" {
		t.Error("after a month a session goes on, or a token is over")
	}

	w.must(func(tx *engine.Tx) (err error) {
		if _, err = access.Open(tx, olga, phone, ""); err == nil {
			desks, err = access.Open(tx, olga, desk, "")
		}
		return err
	})
	h, _ := access.HashPassword("battery staple")
	w.must(func(tx *engine.Tx) error { return access.SetPassword(tx, olga.Actor(), "olga", h, desks.ID) })
	if w.who(phone) != "nobody" || w.who(desk) != "olga" || w.who(tool) != "olga" {
		t.Error("a new password ends the other sessions and nothing else")
	}
	if err := w.do(func(tx *engine.Tx) error { _, err := access.Open(tx, olga, phone, ""); return err }); !errors.Is(err, access.ErrPassword) {
		t.Errorf("signed in by the old password: %v", err)
	}
	w.must(func(tx *engine.Tx) error {
		all, err := access.Tokens(tx, olga.Actor())
		if err != nil || len(all) != 1 || all[0].Name != "1C" {
			t.Errorf("%v %v", all, err)
		}
		other := access.Actor{ID: "denis"}
		if err := access.End(tx, other, all[0].ID); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("somebody else's token: %v", err)
		}
		return access.End(tx, olga.Actor(), all[0].ID)
	})
	if w.who(tool) != "nobody" {
		t.Error("a revoked token is good")
	}
	w.must(func(tx *engine.Tx) error { return access.Deactivate(tx, robot, "olga") })
	if w.who(desk) != "nobody" {
		t.Error("somebody who left is signed in")
	}
}

func TestGuard(t *testing.T) {
	g, now := access.NewGuard(), time.Unix(0, 0)
	for n := range 5 {
		if _, ok := g.Allow("olga", "192.0.2.1", now); !ok {
			t.Fatal("refused after", n)
		}
	}
	wait, ok := g.Allow("Olga", "192.0.2.1", now)
	if ok || wait <= 0 || wait > time.Minute {
		t.Errorf("the sixth try: %v %v", wait, ok)
	}
	if _, ok := g.Allow("olga", "192.0.2.2", now); !ok {
		t.Error("locked out by somebody else")
	}
	if _, ok := g.Allow("olga", "192.0.2.1", now.Add(wait)); !ok {
		t.Error("refused after the wait")
	}
	g.Succeeded("denis", "2001:db8::1", now)
	for n := range 100 {
		g.Allow(fmt.Sprint("user", n), fmt.Sprintf("2001:db8:0:%x::1", n), now)
	}
	if _, ok := g.Allow("olga", "2001:db8::2", now); ok {
		t.Error("a neighbour address is another stranger")
	}
	if _, ok := g.Allow("denis", "2001:db8::3", now); !ok {
		t.Error("somebody who has signed in there before is held up by strangers")
	}
	g.Succeeded("olga", "192.0.2.1", now)
	for range 5 {
		if _, ok := g.Allow("olga", "192.0.2.1", now.Add(time.Minute)); !ok {
			t.Error("not forgotten after a success")
		}
	}
}
