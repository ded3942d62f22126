package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// certificate is what the server shows over TLS. It is read again when its files have changed, so that a renewed one is in use without a
// restart; while a new one can't be read, as between the writing of its two files, the one before stays in use.
type certificate struct {
	files [2]string // the chain and the key
	log   zerolog.Logger

	mu     sync.Mutex
	looked time.Time
	read   [2]stamp // what the pair was read of
	pair   *tls.Certificate
}

// stamp tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

// lookEvery is how often, at most, the files are looked at.
const lookEvery = time.Second

// openCertificate reads a certificate and its key.
func openCertificate(chain, key string, log zerolog.Logger) (*certificate, error) {
	c := &certificate{files: [2]string{chain, key}, log: log}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	if info, err := os.Stat(key); err == nil && info.Mode().Perm()&0o007 != 0 {
		log.Warn().Str("file", key).Msg("everyone on this machine can read the key of TLS: chmod 600")
	}
	return c, nil
}

// load reads the files, where they are not as they were.
func (c *certificate) load() error {
	var now [2]stamp
	for n, name := range c.files {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		now[n] = stamp{info.ModTime(), info.Size()}
	}
	if now == c.read {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err != nil {
		return err
	}
	c.pair, c.read = &pair, now
	return nil
}

// show is tls.Config.GetCertificate.
func (c *certificate) show(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if err := c.load(); err != nil {
			c.log.Warn().Err(err).Msg("the new certificate can't be read; the one before stays in use")
		}
	}
	return c.pair, nil
}

// over puts TLS around a listener: 1.2 at least, HTTP/2 where the caller can.
func (c *certificate) over(l net.Listener) net.Listener {
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.show, NextProtos: []string{"h2", "http/1.1"}})
}

// trusting is a client that believes the certificate in a file, whoever signed it, under the name that the certificate bears: for asking
// a server of this machine, by an address that its certificate does not bear.
func trusting(file string) (*http.Client, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is no certificate", file)
	}
	own, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(own)
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	switch {
	case len(own.DNSNames) > 0:
		config.ServerName = own.DNSNames[0]
	case len(own.IPAddresses) > 0:
		config.ServerName = own.IPAddresses[0].String()
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}, nil
}
