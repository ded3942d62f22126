package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine is what a run was measured on.
type Machine struct {
	CPU    string
	Cores  int
	Memory string
	System string
	Go     string
	Disk   string  // its file system
	Sync   float64 // milliseconds that the disk takes to keep 4 KB, the middle one of many
	Sync99 float64
}

// LookAt tells what this machine is, and how fast the disk below a folder is.
func LookAt(dir string) (*Machine, error) {
	m := &Machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), System: runtime.GOOS, Go: runtime.Version(), Disk: fileSystem(dir)}
	if cpu := field("/proc/cpuinfo", "model name"); cpu != "" {
		m.CPU = cpu
	}
	if kb, err := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB")); err == nil {
		m.Memory = fmt.Sprintf("%.1f GB", float64(kb)/(1<<20))
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += " " + string(bytes.TrimSpace(release))
	}
	each, err := syncs(dir, 300)
	if err != nil {
		return nil, err
	}
	m.Sync, m.Sync99 = milliseconds(each.at(0.5)), milliseconds(each.at(0.99))
	return m, nil
}

// field is the value of a name in a file of "name : value" lines.
func field(file, name string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// syncs writes 4 KB to a file and waits until the disk has them, so many times.
func syncs(dir string, many int) (*histogram, error) {
	f, err := os.CreateTemp(dir, "voronka-bench-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(filepath.Clean(f.Name()))
	defer f.Close()
	each, block := &histogram{}, make([]byte, 4096)
	for n := range many {
		block[0] = byte(n)
		begun := time.Now()
		if _, err := f.WriteAt(block, 0); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		each.add(time.Since(begun))
	}
	return each, nil
}
