package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// signed writes a certificate for a name, signed by itself, and its key.
func signed(t *testing.T, dir, name string) (chain, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	made, err := x509.CreateCertificate(rand.Reader, of, of, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	chain, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{chain: {Type: "CERTIFICATE", Bytes: made}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return chain, key
}

// whose is whose certificate a server shows.
func whose(t *testing.T, address string, config *tls.Config) (string, error) {
	t.Helper()
	config.InsecureSkipVerify = true
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// The server ends TLS itself where it is given a certificate: 1.2 at least, with HTTP/2, by secure cookies; a renewed certificate is in use
// without a restart, and a broken one is not.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	chain, key := signed(t, dir, "crm.example.com")
	s := started(t, "--data", ringData(t), "--tls-cert", chain, "--tls-key", key)
	address, isTLS := strings.CutPrefix(s.url, "https://")
	if !isTLS {
		t.Fatal(s.url)
	}
	own, err := trusting(chain)
	if err != nil {
		t.Fatal(err)
	}
	own.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	r, _ := http.NewRequest("POST", s.url+"/api/v1/session", strings.NewReader(`{"login":"ann","password":"correct horse"}`))
	r.Header.Set("Content-Type", "application/json")
	got, err := own.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	if set := got.Header.Get("Set-Cookie"); got.StatusCode != 200 || got.ProtoMajor != 2 || !strings.HasPrefix(set, "__Host-") || !strings.Contains(set, "; Secure") ||
		got.Header.Get("Strict-Transport-Security") == "" {
		t.Error(got.Status, got.Proto, got.Header)
	}
	if _, err := whose(t, address, &tls.Config{MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if status, _ := get(t, "http://"+address+"/healthz"); status != 400 {
		t.Errorf("without TLS: %d", status)
	}
	t.Setenv("VORONKA_TLS_CERT", chain)
	t.Setenv("VORONKA_LISTEN", address)
	if out, err := said(t, "", "health"); err != nil || out != "well\n" {
		t.Errorf("%q, %v", out, err)
	}

	if err := os.WriteFile(key, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lookEvery + 100*time.Millisecond)
	if name, err := whose(t, address, &tls.Config{}); name != "crm.example.com" {
		t.Errorf("with a broken key: %q, %v", name, err)
	}
	signed(t, dir, "new.example.com")
	name := ""
	for until := time.Now().Add(20 * time.Second); name != "new.example.com" && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if name, err = whose(t, address, &tls.Config{}); err != nil {
			t.Fatal(err)
		}
	}
	if name != "new.example.com" {
		t.Errorf("the renewed certificate is not in use: %s", name)
	}
}

func TestTLSRefuses(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	chain, key := signed(t, dir, "crm.example.com")
	_, foreign := signed(t, other, "other.example.com")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"missing [tls-key]", []string{"--tls-cert", chain}},
		{"missing [tls-cert]", []string{"--tls-key", key}},
		{"--tls-cert and --tls-key: stat", []string{"--tls-cert", "nothing.pem", "--tls-key", key}},
		{"--tls-cert and --tls-key: tls: private key does not match", []string{"--tls-cert", chain, "--tls-key", foreign}},
		{"--tls-cert and --tls-key: tls: failed to find", []string{"--tls-cert", key, "--tls-key", key}},
	} {
		if _, err := said(t, "", append([]string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

// Who listens to a network without TLS is told what that means; so is who leaves the key of TLS to be read by everyone.
func TestWarnsOfClearText(t *testing.T) {
	chain, key := signed(t, t.TempDir(), "crm.example.com")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	const clear, open = "go over the network in clear", "everyone on this machine can read the key"
	for _, c := range []struct {
		want string
		args []string
	}{
		{"", []string{"--listen", "127.0.0.1:0"}},
		{clear, []string{"--listen", "0.0.0.0:0"}},
		{"", []string{"--listen", "0.0.0.0:0", "--secure"}},
		{open, []string{"--listen", "0.0.0.0:0", "--tls-cert", chain, "--tls-key", key}},
	} {
		var log bytes.Buffer
		cmd := exec.Command(os.Args[0], append([]string{"serve", "--data", t.TempDir(), "--log-format", "json"}, c.args...)...)
		cmd.Env = append(os.Environ(), "VORONKA_IS_CHILD=1")
		cmd.Stderr = &log
		serving(t, cmd)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for _, sentence := range []string{clear, open} {
			if is := strings.Contains(log.String(), sentence); is != (sentence == c.want) {
				t.Errorf("%v: %q: %v: %s", c.args, sentence, is, log.String())
			}
		}
	}
}
