//go:build linux || darwin || freebsd

package bolt

import (
	"path/filepath"
	"syscall"
)

// room is how many bytes the disk of the file has left for us; 0 where the system does not say.
func room(path string) int64 {
	var s syscall.Statfs_t
	if syscall.Statfs(filepath.Dir(path), &s) != nil {
		return 0
	}
	return int64(s.Bavail) * int64(s.Bsize) //nolint:unconvert // whose types differ from system to system
}
