package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/storage"
)

// keepsSecrets is a log of everything that a test makes the server say. At the test's end no secret may stand in it: this holds for the
// whole run of this package's tests.
func keepsSecrets(t *testing.T) zerolog.Logger {
	said := &sheet{}
	t.Cleanup(func() {
		if found := secrets.FindString(said.String()); found != "" {
			t.Errorf("the log has %q: %s", found, said)
		}
	})
	return zerolog.New(said).Level(zerolog.TraceLevel)
}

// secrets are tokens, the sessions' too, and all passwords of these tests.
var secrets = regexp.MustCompile(`vrk_|(correct|another) horse|battery staple|(wrong|another) password|\$argon2`)

// sheet is a buffer for many writers.
type sheet struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sheet) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *sheet) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// What is kept of passwords and tokens can't be used, not even by guessing: passwords are hashed slowly, tokens are hashes of 256 random
// bits, and what is kept of a request with a password tells nothing without its key.
func TestSecretsAreKeptAsHashes(t *testing.T) {
	w := open(t)
	body := `{"login":"lena","name":"Лена","password":"correct horse"}`
	key := "8f14e45f-ceea-467f-a0e6-0a5b7c9d1e2f"
	w.all([]ask{
		{who: "daria", method: "POST", path: "/api/v1/users", body: body, head: []string{"Idempotency-Key: " + key}, status: 201},
		{who: "daria", method: "PATCH", path: "/api/v1/users/olga", body: `{"password":"battery staple"}`, head: []string{"Idempotency-Key: 2"}, status: 200},
		{who: "daria", method: "PATCH", path: "/api/v1/users/olga", body: `{"password":"battery staple"}`, head: []string{"Idempotency-Key: 4"}, status: 200},
		{method: "POST", path: "/api/v1/session", body: `{"login":"lena","password":"correct horse"}`, status: 200},
		{who: "daria", method: "POST", path: "/api/v1/tokens", body: `{"name":"tool"}`, head: []string{"Idempotency-Key: 3"}, status: 201, save: map[string]string{"token": "token"}},
	})
	sum := sha256.Sum256([]byte(body + "\x00POST\x00/api/v1/users\x00"))
	never := []string{"correct horse", "battery staple", "vrk_", w.vars["token"], key, hex.EncodeToString(sum[:])}
	hashes, sums := 0, map[any]bool{}
	if err := w.e.Store().View(context.Background(), func(r storage.Reader) error {
		kinds, err := r.(storage.Lister).Kinds()
		if err != nil {
			return err
		}
		for _, kind := range kinds {
			for hit, err := range r.Scan(storage.Range{Kind: kind}) {
				if err != nil {
					return err
				}
				text := hit.Record.ID + string(hit.Record.Data)
				if sum := (reply{body: string(hit.Record.Data)}).at("sum"); sum != nil {
					if sums[sum] {
						t.Error("the same request under two keys leaves the same: it can be guessed without the key")
					}
					sums[sum] = true
				}
				hashes += strings.Count(text, "$argon2id$")
				for _, secret := range never {
					if strings.Contains(text, secret) {
						t.Errorf("%s %s bears %q: %s", kind, hit.Record.ID, secret, text)
					}
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if hashes != 2 || len(sums) != 3 {
		t.Errorf("%d hashes of passwords, %d sums of requests", hashes, len(sums))
	}
}
