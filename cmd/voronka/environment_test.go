package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// parsed are the flags of serve as a command line and the environment give them.
func parsed(t *testing.T, args ...string) (*cobra.Command, error) {
	t.Helper()
	c := serveCommand()
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return c, c.PreRunE(c, nil)
}

// Every flag of serve may be given by the environment, and by a file that it names.
func TestEnvironment(t *testing.T) {
	values := map[string]string{"bool": "true", "duration": "7s", "string": "x", "stringSlice": "https://a.example,https://b.example"}
	serveCommand().Flags().VisitAll(func(f *pflag.Flag) {
		value, known := values[f.Value.Type()]
		if !known {
			t.Fatalf("--%s is a %s: give the test a value", f.Name, f.Value.Type())
		}
		t.Run(f.Name, func(t *testing.T) {
			name := "VORONKA_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			is := func(c *cobra.Command, err error) {
				t.Helper()
				if got := c.Flags().Lookup(f.Name); err != nil || !got.Changed || strings.Trim(got.Value.String(), "[]") != value {
					t.Errorf("--%s is %s, %v", f.Name, got.Value, err)
				}
			}
			t.Setenv(name, value)
			is(parsed(t))
			t.Setenv(name, "")
			t.Setenv(name+"_FILE", file(t, "value", value+"\n"))
			is(parsed(t))
			t.Setenv(name, value)
			if _, err := parsed(t); err == nil || !strings.Contains(err.Error(), name+": it is given twice") {
				t.Errorf("given twice: %v", err)
			}
		})
	})
}

func TestEnvironmentAndCommandLine(t *testing.T) {
	t.Setenv("VORONKA_LISTEN", "127.0.0.1:1")
	t.Setenv("VORONKA_LOG", "debug")
	t.Setenv("VORONKA_STORE", "postgres://voronka:secret@db/voronka")
	c, err := parsed(t, "--listen", "127.0.0.1:2", "--data", "here")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"listen": "127.0.0.1:2", "log": "debug", "data": "here", "store": ""} {
		if got := c.Flags().Lookup(name).Value.String(); got != want {
			t.Errorf("--%s is %q, not %q", name, got, want)
		}
	}
	if err := c.ValidateFlagGroups(); err != nil {
		t.Errorf("the store of the environment gets in the way: %v", err)
	}
	t.Setenv("VORONKA_DATA", "there")
	c, err = parsed(t)
	if err != nil || c.ValidateFlagGroups() == nil {
		t.Errorf("both a folder and a database are taken: %v", err)
	}
	if got := strangers(c); len(got) > 0 && slices.Contains(got, "VORONKA_DATA") {
		t.Error(got)
	}
	t.Setenv("VORONKA_LISTN", "127.0.0.1:1")
	if got := strangers(c); !slices.Contains(got, "VORONKA_LISTN") || slices.Contains(got, "VORONKA_STORE") || slices.Contains(got, "VORONKA_TOKEN") {
		t.Error(got)
	}
}

// What can't be taken is refused by the variable's name, and a secret is not repeated.
func TestWrongEnvironment(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"VORONKA_DRAIN", "soon", "VORONKA_DRAIN: "},
		{"VORONKA_SECURE", "maybe", "VORONKA_SECURE: "},
		{"VORONKA_STORE_FILE", filepath.Join(t.TempDir(), "nothing"), "VORONKA_STORE: open "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			if _, err := said(t, "", "serve"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Setenv("VORONKA_STORE", "mysql://voronka:secret@db/voronka")
	if _, err := said(t, "", "serve"); err == nil || !strings.Contains(err.Error(), "is no postgres:// URL") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}
