package access

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// User is a person who signs in. The id is the login: it is what diagrams name, what history shows, and never changes. People who
// leave are deactivated, not deleted.
type User struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Roles    []string  `json:"roles"`
	Branch   string    `json:"branch,omitempty"`
	Language string    `json:"language"`
	Active   bool      `json:"active"`
	Created  time.Time `json:"created"`

	hash    Hash
	version uint64
}

// Actor is the user as one who acts.
func (u *User) Actor() Actor {
	return Actor{ID: u.ID, Name: u.Name, Roles: u.Roles, Branch: u.Branch, Language: u.Language}
}

// Verify tells whether the password is the user's: nil, ErrPassword, or ErrBusy where too many are being looked at. It takes as long
// for nobody (nil), for whoever left and for whoever has none.
func (u *User) Verify(password string) error {
	if u == nil {
		return Hash("").verify(password)
	}
	if err := u.hash.verify(password); err != nil {
		return err
	}
	if !u.Active {
		return ErrPassword
	}
	return nil
}

// Outdated tells that the password was hashed by settings that are no longer the ones in use.
func (u *User) Outdated() bool { return u.hash.outdated() }

const (
	kindUser  = "user"
	indexRole = "user_role" // role, user
)

// TopicUser is notified with the id of each user created or changed.
const TopicUser = "user"

// stored is a user's record.
type stored struct {
	User
	Hash Hash `json:"password"`
}

func read(r *storage.Record) (*User, error) {
	var s stored
	if err := storage.Unmarshal(r.Data, &s); err != nil {
		return nil, fmt.Errorf("read user %s: %w", r.ID, err)
	}
	s.User.ID, s.hash, s.version = r.ID, s.Hash, r.Version
	return &s.User, nil
}

func write(tx *engine.Tx, u *User) error {
	data, err := storage.Marshal(stored{*u, u.hash})
	if err != nil {
		return err
	}
	r := &storage.Record{Kind: kindUser, ID: u.ID, Version: u.version, Data: data, Index: u.index()}
	if err := tx.Put(r); err != nil {
		return err
	}
	u.version = r.Version
	tx.Notify(TopicUser, u.ID)
	return nil
}

func (u *User) index() []storage.Entry {
	if !u.Active {
		return nil
	}
	all := make([]storage.Entry, len(u.Roles))
	for n, role := range u.Roles {
		all[n] = storage.Entry{Index: indexRole, Key: storage.Key(role, u.ID)}
	}
	return all
}

// Find gives the user with a login, or nil.
func Find(tx *engine.Tx, login string) (*User, error) {
	id := normal(login)
	if id == "" || len(id) > 4*maxLogin {
		return nil, nil
	}
	found, err := tx.Get(Ref(id))
	if err != nil || found[0] == nil {
		return nil, err
	}
	return read(found[0])
}

// Ref names the record of a user.
func Ref(id string) storage.Ref { return storage.Ref{Kind: kindUser, ID: id} }

// Lookup gives the user with an id.
func Lookup(tx *engine.Tx, id string) (*User, error) {
	u, err := Find(tx, id)
	if err == nil && u == nil {
		err = fmt.Errorf("user %s: %w", id, engine.ErrNotFound)
	}
	return u, err
}

// Users gives everyone, those who left included, in order of id.
func Users(tx *engine.Tx) ([]*User, error) {
	all := []*User{}
	for hit, err := range tx.Scan(storage.Range{Kind: kindUser}) {
		if err != nil {
			return nil, err
		}
		u, err := read(hit.Record)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// UsersByRole gives the active users of a role, in order of id.
func UsersByRole(tx *engine.Tx, role string) ([]*User, error) {
	all := []*User{}
	for hit, err := range tx.Scan(storage.Range{Index: indexRole}.Prefix(role)) {
		if err != nil {
			return nil, err
		}
		u, err := read(hit.Record)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// Create adds a user. Needs the right Configure. A user without a password can't sign in until one is set.
func Create(tx *engine.Tx, actor Actor, u User, h Hash) (*User, error) {
	if err := actor.need(Configure); err != nil {
		return nil, err
	}
	u.ID, u.hash, u.version = normal(u.ID), h, 0
	u.Active, u.Created = true, tx.Now()
	if u.Language == "" {
		u.Language = "ru"
	}
	if err := u.check(); err != nil {
		return nil, err
	}
	had, err := Find(tx, u.ID)
	if err != nil {
		return nil, err
	}
	if had != nil || slices.Contains(reserved, u.ID) {
		return nil, fmt.Errorf("create user %s: %w", u.ID, ErrTaken)
	}
	return &u, write(tx, &u)
}

// reserved are the names under which the product itself acts.
var reserved = []string{"system", "robot", "import", "intake"}

// Change says what of a user becomes different; nil leaves it.
type Change struct {
	Name     *string   `json:"name,omitempty"`
	Roles    *[]string `json:"roles,omitempty"`
	Branch   *string   `json:"branch,omitempty"`
	Language *string   `json:"language,omitempty"`
	Active   *bool     `json:"active,omitempty"`
}

// Apply changes a user. Needs the right Configure; one's own language anyone may set. Whoever is deactivated is signed out.
func Apply(tx *engine.Tx, actor Actor, id string, c Change) (*User, error) {
	own := actor.ID == normal(id) && c.Name == nil && c.Roles == nil && c.Branch == nil && c.Active == nil
	if err := actor.need(Configure); err != nil && !own {
		return nil, err
	}
	u, err := Lookup(tx, id)
	if err != nil {
		return nil, err
	}
	was := *u
	set(&u.Name, c.Name)
	set(&u.Roles, c.Roles)
	set(&u.Branch, c.Branch)
	set(&u.Language, c.Language)
	set(&u.Active, c.Active)
	if err := u.check(); err != nil {
		return nil, err
	}
	if err := keepsAdmin(tx, &was, u); err != nil {
		return nil, err
	}
	if was.Active && !u.Active {
		if err := endAll(tx, u.ID, true); err != nil {
			return nil, err
		}
	}
	return u, write(tx, u)
}

// Deactivate ends a user's access and keeps the record. Needs the right Configure.
func Deactivate(tx *engine.Tx, actor Actor, id string) error {
	no := false
	_, err := Apply(tx, actor, id, Change{Active: &no})
	return err
}

// SetPassword gives a user a new password and ends all sessions but the one kept; tokens stay. Needs the right Configure; for
// one's own the caller has verified the old one.
func SetPassword(tx *engine.Tx, actor Actor, id string, h Hash, keep string) error {
	if err := actor.need(Configure); err != nil && actor.ID != normal(id) {
		return err
	}
	u, err := Lookup(tx, id)
	if err != nil {
		return err
	}
	u.hash = h
	if err := endAll(tx, u.ID, false, keep); err != nil {
		return err
	}
	return write(tx, u)
}

// keepsAdmin refuses a change after which nobody could configure anything.
func keepsAdmin(tx *engine.Tx, was, will *User) error {
	if !was.Active || !was.Actor().May(Configure) || will.Active && will.Actor().May(Configure) {
		return nil
	}
	for _, role := range holders[Configure] {
		others, err := UsersByRole(tx, role)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(others, func(u *User) bool { return u.ID != was.ID }) {
			return nil
		}
	}
	return ErrLastAdmin
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

const (
	maxLogin = 64
	maxName  = 200
	maxRoles = 50
)

// normal is a login as it is kept.
func normal(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// check tells what of a user can't be kept.
func (u *User) check() error {
	u.Name, u.Branch = strings.TrimSpace(u.Name), strings.TrimSpace(u.Branch)
	if u.Roles == nil {
		u.Roles = []string{}
	}
	slices.Sort(u.Roles)
	u.Roles = slices.Compact(u.Roles)
	switch {
	case u.ID == "":
		return &Invalid{"login", "required"}
	case utf8.RuneCountInString(u.ID) > maxLogin:
		return &Invalid{"login", "too_long"}
	case strings.ContainsFunc(u.ID, oddInLogin):
		return &Invalid{"login", "malformed"}
	case u.Name == "":
		return &Invalid{"name", "required"}
	case utf8.RuneCountInString(u.Name) > maxName:
		return &Invalid{"name", "too_long"}
	case !utf8.ValidString(u.Name) || strings.ContainsFunc(u.Name, unicode.IsControl):
		return &Invalid{"name", "malformed"}
	case u.Language != "ru" && u.Language != "en":
		return &Invalid{"language", "malformed"}
	case len(u.Branch) > maxName:
		return &Invalid{"branch", "too_long"}
	case len(u.Roles) > maxRoles:
		return &Invalid{"roles", "too_long"}
	case slices.ContainsFunc(u.Roles, func(r string) bool { return r == "" || len(r) > maxName || !utf8.ValidString(r) }):
		return &Invalid{"roles", "malformed"}
	}
	return nil
}

func oddInLogin(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r) || r == utf8.RuneError
}
