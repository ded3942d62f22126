//go:build !linux

package bench

import "os"

// Forget does nothing to a file: only Linux can be asked to forget one.
func Forget(path string) error {
	_, err := os.Stat(path)
	return err
}

// InMemory tells whether a folder stands in memory; only Linux can be asked.
func InMemory(string) bool { return false }

func fileSystem(string) string { return "unknown" }
