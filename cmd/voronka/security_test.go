package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// Each test that SECURITY.md names as a proof is there, and each flag that it advises.
func TestSecurityPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(top, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	eachFile(t, func(_, file string, test bool) {
		if !test {
			return
		}
		source, err := os.ReadFile(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(source, -1) {
			tests[string(found[1])] = true
		}
	})
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(page, -1)
	if len(named) < 20 {
		t.Errorf("only %d proofs are named", len(named))
	}
	for _, one := range named {
		if !tests[string(one[1])] {
			t.Errorf("SECURITY.md names %s, and there is no such test", one[1])
		}
	}
	for _, flag := range regexp.MustCompile("`--([a-z-]+)").FindAllSubmatch(page, -1) {
		if serveCommand().Flags().Lookup(string(flag[1])) == nil {
			t.Errorf("SECURITY.md advises --%s, and serve has no such flag", flag[1])
		}
	}
}

// outgoing is what calls another machine. Only commands that a person runs do, and the store calls its database: no address that somebody
// wrote into a card or a diagram is ever called.
var outgoing = regexp.MustCompile(`\bhttp\.((Get|Post|PostForm|Head)\(|DefaultClient|Client\{)|\bnet\.(Dial|Dialer)|\btls\.Dial|\bsmtp\.|\bexec\.Command`)

func TestNothingCallsOut(t *testing.T) {
	allowed := []string{"cmd/voronka", "cmd/voronka/bench", "storage/postgres", "storage/storagetest"}
	eachFile(t, func(pkg, file string, test bool) {
		if test || slices.Contains(allowed, pkg) {
			return
		}
		source, err := os.ReadFile(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		if call := outgoing.Find(source); call != nil {
			t.Errorf("%s has %s: what calls an address that people give must refuse those of our own network first", file, call)
		}
	})
}

// A line of the log is one line, whatever strangers put into it, and drives no terminal.
func TestLogLinesStayApart(t *testing.T) {
	for _, format := range []string{"json", "console"} {
		var out bytes.Buffer
		log, err := logger(&out, zerolog.InfoLevel, format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info().Str("path", "/a\n{\"level\":\"error\"}\r\x1b[2Jb").Msg("request")
		text := strings.TrimSuffix(out.String(), "\n")
		if strings.ContainsAny(text, "\n\r\x1b") {
			t.Errorf("%s: %q", format, text)
		}
	}
}
