package bench

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Forget lets the machine forget what it keeps in memory of a file, which nobody has open, so that it is read from the disk again.
func Forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("forget %s: %w", path, err)
	}
	return nil
}

// InMemory tells whether a folder stands in memory, where nothing lasts and a sync takes no time.
func InMemory(dir string) bool { return fileSystem(dir) == "tmpfs" }

// fileSystem is the kind of file system that a folder stands on.
func fileSystem(dir string) string {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return "unknown"
	}
	switch s.Type {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.F2FS_SUPER_MAGIC:
		return "f2fs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlay"
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "tmpfs"
	}
	return fmt.Sprintf("%#x", s.Type)
}
