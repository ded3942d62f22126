// Package web holds the browser application, as npm built it.
package web

import (
	"embed"
	"io/fs"
)

// The folder always exists: a placeholder in it is committed, so that Go builds without Node.
//
//go:embed all:dist
var files embed.FS

// Dist gives the built pages, and false where nobody has built them.
func Dist() (fs.FS, bool) {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(dist, "index.html")
	return dist, err == nil
}
