package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever is done with a server, its log at its most talkative bears no secret, nor does a backup; and what it writes is for its own user
// only.
func TestSecretsStayIn(t *testing.T) {
	data := ringData(t)
	must(t, "admin's horse", "user", "add", "boss", "--role", "admin", "--data", data)
	log := &lines{}
	cmd := exec.Command(os.Args[0], "serve", "--data", data, "--listen", "127.0.0.1:0", "--log", "trace", "--log-format", "json")
	cmd.Env = append(os.Environ(), "VORONKA_IS_CHILD=1")
	cmd.Stderr = log
	s := serving(t, cmd)
	calls := func(want int, method, path string, body, answer any) {
		t.Helper()
		if status := s.call(method, path, body, answer); status != want {
			t.Errorf("%s %s: %d", method, path, status)
		}
	}
	type m = map[string]any
	calls(401, "POST", "/session", m{"login": "boss", "password": "mistyped horse"}, nil)
	calls(401, "POST", "/session", m{"login": "typed into the wrong horse", "password": "x"}, nil)
	calls(200, "POST", "/session", m{"login": "boss", "password": "admin's horse"}, nil)
	calls(400, "POST", "/session", m{"login": "boss", "pasword": "misspelt horse"}, nil)
	calls(201, "POST", "/users", m{"login": "eve", "name": "Eve", "password": "eve's horse"}, nil)
	calls(409, "POST", "/users", m{"login": "eve", "name": "Eve", "password": "eve's horse"}, nil)
	calls(200, "PATCH", "/users/eve", m{"password": "new horse"}, nil)
	calls(204, "POST", "/me/password", m{"old": "admin's horse", "new": "boss's horse"}, nil)
	var made struct{ Token string }
	calls(201, "POST", "/tokens", m{"name": "backup"}, &made)
	for _, head := range []string{"Authorization: Bearer " + made.Token, "Authorization: Basic " + made.Token, "Cookie: voronka=" + made.Token, "X-Request-Id: " + made.Token + "\""} {
		get(t, s.url+"/api/v1/me", head)
	}
	backup := filepath.Join(t.TempDir(), "monday.db")
	if out, err := said(t, "", "backup", "--server", s.url, "--token", made.Token, "--to", backup); err != nil || strings.Contains(out, made.Token) {
		t.Error(out, err)
	}
	stopped(t, s)
	log.mu.Lock()
	text := log.text.String()
	log.mu.Unlock()
	if !strings.Contains(text, `"status":401`) || !strings.Contains(text, "/api/v1/backup") {
		t.Errorf("the log is not of this: %s", text)
	}
	if found := regexp.MustCompile(`vrk_|horse|\$argon2`).FindString(text); found != "" {
		t.Errorf("the log has %q: %s", found, text)
	}
	for _, file := range []string{backup, filepath.Join(data, databaseName)} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("vrk_")) || bytes.Contains(raw, []byte("horse")) || !bytes.Contains(raw, []byte("$argon2id$")) {
			t.Errorf("%s bears a secret, or no hash", file)
		}
	}
	for file, want := range map[string]os.FileMode{data: 0o700, filepath.Join(data, databaseName): 0o600, backup: 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}
