package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// said runs a command line in this process and gives what it wrote and how it ended.
func said(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := command()
	c.SetArgs(args)
	c.SetIn(strings.NewReader(stdin))
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.ExecuteContext(context.Background())
	return out.String(), err
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every command says what it is for, how it is used, and shows an example; completion is there for the usual shells.
func TestHelp(t *testing.T) {
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		if c.Short == "" || c.HasParent() && !c.HasSubCommands() && c.RunE != nil && c.Use == "" {
			t.Errorf("%s says nothing of itself", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(command())
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out, err := said(t, "", "completion", shell); err != nil || !strings.Contains(out, "voronka") {
			t.Errorf("completion %s: %v", shell, err)
		}
	}
	for _, name := range []string{"serve", "demo", "validate", "play", "deploy", "backup", "bench", "check", "compact", "copy", "user", "version"} {
		if out, err := said(t, "", name, "--help"); err != nil || !strings.Contains(out, "Usage:") {
			t.Errorf("%s --help: %v\n%s", name, err, out)
		}
	}
}

func TestValidate(t *testing.T) {
	good, broken := file(t, "good.bpmn", ring), file(t, "broken.bpmn", strings.Replace(ring, `targetRef="b"`, `targetRef="nowhere"`, 1))
	if out, err := said(t, "", "validate", good); err != nil || strings.Contains(out, " error: ") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := said(t, "", "validate", good, broken)
	if _, no := err.(answerNo); !no || !strings.Contains(out, broken+":17:5: error: flow_target_missing: ") || !strings.HasSuffix(strings.TrimSpace(out), ")") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = said(t, "", "validate", "--json", good, broken)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if _, no := err.(answerNo); !no || len(lines) != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	for n, want := range []bool{true, false} {
		var r report
		if err := json.Unmarshal([]byte(lines[n]), &r); err != nil {
			t.Fatal(err)
		}
		if !r.Parsed || r.Deployable != want || r.Processes[0].Nodes["userTask"] != 2 || r.Processes[0].Flows != 4 || r.Encoding != "UTF-8" {
			t.Errorf("%+v", r)
		}
	}
	if code := run(context.Background(), []string{"validate"}); code != 2 {
		t.Errorf("wrong usage ends with %d", code)
	}
	if code := run(context.Background(), []string{"validate", "no such file"}); code != 2 {
		t.Errorf("a missing file ends with %d", code)
	}
	if code := run(context.Background(), []string{"validate", broken}); code != 1 {
		t.Errorf("a broken diagram ends with %d", code)
	}
}

// What a play says after each command; what is refused changes nothing.
func TestPlay(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	commands := `{"do":"start","process":"ring","vars":{"turns":1}}
{"do":"complete","task":"A"}
{"do":"complete","task":"nothing"}
nonsense
{"do":"restart"}
{"do":"complete","task":"b"}
{"do":"advance","by":"PT3S"}
`
	out, err := said(t, commands, "play", "--data", data, file(t, "ring.bpmn", ring))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 8 {
		t.Fatalf("%d lines:\n%s", len(lines), out)
	}
	for n, want := range []struct {
		ok   bool
		task string
	}{{true, ""}, {true, "a"}, {true, "b"}, {false, "b"}, {false, "b"}, {true, "b"}, {true, "a"}, {true, "a"}} {
		var o observation
		if err := json.Unmarshal([]byte(lines[n]), &o); err != nil {
			t.Fatalf("%s: %v", lines[n], err)
		}
		task := ""
		if len(o.Instances) > 0 && len(o.Instances[0].Tasks) > 0 {
			task = o.Instances[0].Tasks[0].Element
		}
		if o.OK != want.ok || task != want.task || o.OK == (o.Error != nil) {
			t.Errorf("line %d: %v, task %q: %s", n, o.OK, task, lines[n])
		}
	}
	if !strings.Contains(lines[7], `"reminded":1`) || !strings.Contains(lines[7], `"now":"2026-01-05T09:00:03Z"`) {
		t.Error(lines[7])
	}
	again, err := said(t, `{"do":"observe"}`+"\n", "play", "--data", data) // where it stood
	if err != nil || !strings.Contains(again, `"now":"2026-01-05T09:00:03Z"`) || !strings.Contains(again, `"reminded":1`) {
		t.Errorf("%v\n%s", err, again)
	}
	if out, err := said(t, "", "play", file(t, "broken.bpmn", "<a/>")); err != nil || !strings.Contains(out, `"ok":false`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// A backup of a data folder is a data folder's file; one in use is not touched, and an existing file not overwritten.
func TestBackupOfFolder(t *testing.T) {
	data := ringData(t)
	to := filepath.Join(t.TempDir(), databaseName)
	if out, err := said(t, "", "backup", "--data", data, "--to", to); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := said(t, "", "user", "list", "--data", filepath.Dir(to)); err != nil || !strings.Contains(out, "ann\t") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := said(t, "", "backup", "--data", data, "--to", to); err == nil {
		t.Error("an existing file was overwritten")
	}
	store, err := openData(data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := said(t, "", "backup", "--data", data, "--to", to+"2"); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a folder in use: %v", err)
	}
}
