package server_test

import (
	"io/fs"
	"testing/fstest"
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
