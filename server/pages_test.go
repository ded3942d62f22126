package server_test

import (
	"io/fs"
	"testing/fstest"

	"github.com/voronka/voronka/storage"
)

// pages are a built web application.
var pages = fstest.MapFS{
	"index.html":            {Data: []byte("<html>app")},
	"assets/app-1a2b.js":    {Data: []byte("console.log(1)")},
	"assets/app-1a2b.js.gz": {Data: []byte("packed, console.log(1)")},
}

// breaking is a file system that panics.
type breaking struct{}

func (breaking) Open(string) (fs.File, error) { panic("boom") }

// once is where the keys of idempotent requests are kept.
var once = storage.Range{Kind: "idempotency", Keys: true}

// slow is a file system whose files take until end is closed.
type slow struct{ began, end chan struct{} }

func (s slow) Open(string) (fs.File, error) {
	close(s.began)
	<-s.end
	return nil, fs.ErrNotExist
}
