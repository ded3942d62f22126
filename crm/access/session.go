package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

// Token is the secret by which a request says who it is. Only its hash is kept.
type Token string

// NewToken draws a token of 256 random bits. Draw it before the deed that keeps it.
func NewToken() Token {
	secret := make([]byte, 32)
	rand.Read(secret)
	return Token("vrk_" + base64.RawURLEncoding.EncodeToString(secret))
}

func (t Token) id() string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

// Session is somebody signed in. One with a name is an API token: a person made it for a tool, and it lives until it is revoked.
type Session struct {
	ID      string     `json:"id"` // the hash of the token
	User    string     `json:"user"`
	Name    string     `json:"name,omitempty"`
	Created time.Time  `json:"created"`
	Seen    time.Time  `json:"seen"`
	Expires *time.Time `json:"expires,omitempty"` // of a session: it moves on while it is used, to a month from Created at most

	version uint64
}

const (
	kindSession = "session"
	indexOwner  = "session_user" // user, session

	// Longest is how old a session can become.
	Longest = 30 * 24 * time.Hour

	idle   = 7 * 24 * time.Hour
	seldom = 5 * time.Minute // a session's use is written at most so often
	most   = 100             // sessions, and tokens, of one user
)

// Open signs in a user whose password was verified as it is in u. It refuses with ErrPassword where the password or the user has
// changed since. A fresh hash of the same password replaces an outdated one; empty: none.
func Open(tx *engine.Tx, u *User, t Token, fresh Hash) (*Session, error) {
	now, err := Lookup(tx, u.ID)
	if err != nil {
		return nil, err
	}
	if !now.Active || now.hash != u.hash {
		return nil, ErrPassword
	}
	if fresh != "" {
		now.hash = fresh
		if err := write(tx, now); err != nil {
			return nil, err
		}
	}
	if err := makeRoom(tx, u.ID); err != nil {
		return nil, err
	}
	expires := tx.Now().Add(idle)
	s := &Session{ID: t.id(), User: u.ID, Created: tx.Now(), Seen: tx.Now(), Expires: &expires}
	return s, s.write(tx)
}

// NewAPIToken makes a token for a tool, with the actor's own roles.
func NewAPIToken(tx *engine.Tx, actor Actor, name string, t Token) (*Session, error) {
	name = strings.TrimSpace(name)
	switch {
	case actor.ID == "" || actor.System:
		return nil, ErrNobody
	case name == "":
		return nil, &Invalid{"name", "required"}
	case utf8.RuneCountInString(name) > maxName:
		return nil, &Invalid{"name", "too_long"}
	}
	if all, err := Tokens(tx, actor); err != nil || len(all) >= most {
		if err == nil {
			err = &Invalid{"tokens", "too_many"}
		}
		return nil, err
	}
	s := &Session{ID: t.id(), User: actor.ID, Name: name, Created: tx.Now(), Seen: tx.Now()}
	return s, s.write(tx)
}

// Tokens are the actor's own API tokens.
func Tokens(tx *engine.Tx, actor Actor) ([]*Session, error) {
	all, err := sessions(tx, actor.ID)
	return slices.DeleteFunc(all, func(s *Session) bool { return s.Name == "" }), err
}

// Who tells whose token it is; ErrNobody: nobody's, or not any more.
func Who(tx *engine.Tx, t Token) (*User, *Session, error) {
	if t == "" {
		return nil, nil, ErrNobody
	}
	found, err := tx.Get(storage.Ref{Kind: kindSession, ID: t.id()})
	if err != nil {
		return nil, nil, err
	}
	if found[0] == nil {
		return nil, nil, ErrNobody
	}
	s, err := readSession(found[0])
	if err != nil {
		return nil, nil, err
	}
	if s.over(tx.Now()) {
		return nil, nil, ErrNobody
	}
	u, err := Find(tx, s.User)
	if err != nil {
		return nil, nil, err
	}
	if u == nil || !u.Active {
		return nil, nil, ErrNobody
	}
	return u, s, nil
}

func (s *Session) over(now time.Time) bool { return s.Expires != nil && !now.Before(*s.Expires) }

// Due tells that the session's use should be written down by Touch.
func (s *Session) Due(now time.Time) bool { return now.Sub(s.Seen) >= seldom }

// Touch writes that a session is in use, which moves its end on.
func Touch(tx *engine.Tx, id string) error {
	s, err := session(tx, id)
	if s == nil || err != nil {
		return err
	}
	s.Seen = tx.Now()
	if s.Expires != nil {
		until := tx.Now().Add(idle)
		if last := s.Created.Add(Longest); until.After(last) {
			until = last
		}
		s.Expires = &until
	}
	return s.write(tx)
}

// End signs out a session or revokes a token of the actor's. Somebody else's needs the right Configure.
func End(tx *engine.Tx, actor Actor, id string) error {
	s, err := session(tx, id)
	if err != nil {
		return err
	}
	if s == nil || s.User != actor.ID && !actor.May(Configure) {
		return fmt.Errorf("session %s: %w", id, engine.ErrNotFound)
	}
	return tx.Delete(storage.Ref{Kind: kindSession, ID: id})
}

// Close ends the session of a token, if it is one: whoever signs in again, or gets a new password, leaves none behind. API tokens stay.
func Close(tx *engine.Tx, t Token) error {
	s, err := session(tx, t.id())
	if s == nil || s.Name != "" || err != nil {
		return err
	}
	return tx.Delete(storage.Ref{Kind: kindSession, ID: s.ID})
}

// EndAll signs the actor out everywhere but in the session kept. Tokens stay.
func EndAll(tx *engine.Tx, actor Actor, keep string) error { return endAll(tx, actor.ID, false, keep) }

func endAll(tx *engine.Tx, user string, tokens bool, keep ...string) error {
	all, err := sessions(tx, user)
	if err != nil {
		return err
	}
	for _, s := range all {
		if slices.Contains(keep, s.ID) || s.Name != "" && !tokens {
			continue
		}
		if err := tx.Delete(storage.Ref{Kind: kindSession, ID: s.ID}); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom forgets the sessions of a user that are over, and the longest unused where there are too many.
func makeRoom(tx *engine.Tx, user string) error {
	all, err := sessions(tx, user)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s *Session) bool { return s.Name != "" })
	slices.SortFunc(all, func(a, b *Session) int { return b.Seen.Compare(a.Seen) })
	for n, s := range all {
		if s.over(tx.Now()) || n >= most-1 {
			if err := tx.Delete(storage.Ref{Kind: kindSession, ID: s.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

func session(tx *engine.Tx, id string) (*Session, error) {
	if id == "" || len(id) > 2*sha256.Size {
		return nil, nil
	}
	found, err := tx.Get(storage.Ref{Kind: kindSession, ID: id})
	if err != nil || found[0] == nil {
		return nil, err
	}
	return readSession(found[0])
}

func sessions(tx *engine.Tx, user string) ([]*Session, error) {
	all := []*Session{}
	for hit, err := range tx.Scan(storage.Range{Index: indexOwner}.Prefix(user)) {
		if err != nil {
			return nil, err
		}
		s, err := readSession(hit.Record)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func readSession(r *storage.Record) (*Session, error) {
	s := &Session{version: r.Version}
	if err := storage.Unmarshal(r.Data, s); err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	s.ID = r.ID
	return s, nil
}

func (s *Session) write(tx *engine.Tx) error {
	data, err := storage.Marshal(s)
	if err != nil {
		return err
	}
	return tx.Put(&storage.Record{Kind: kindSession, ID: s.ID, Version: s.version, Data: data, Index: s.index()})
}

func (s *Session) index() []storage.Entry {
	return []storage.Entry{{Index: indexOwner, Key: storage.Key(s.User, s.ID)}}
}
