package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

// sound checks a data folder, or a database, in which nothing may be wrong.
func sound(t *testing.T, place string) {
	t.Helper()
	flag := "--data"
	if inDatabase(place) {
		flag = "--store"
	}
	if out, err := said(t, "", "check", flag, place); err != nil || !strings.Contains(out, "records are sound.") || strings.Contains(out, "is not known") {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// edit changes what a data folder holds.
func edit(t *testing.T, data string, fn func(tx storage.Tx) error) {
	t.Helper()
	store, err := openData(data)
	if err == nil {
		err = errors.Join(store.Update(context.Background(), fn), store.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A whole school of a year is sound, in a folder and in a database; each kind of its records is known to somebody who looks at it.
func TestCheckSchool(t *testing.T) {
	data := school(t)
	sound(t, data)
	place := storagetest.Postgres(t)
	if out, err := said(t, "", "copy", "--from", data, "--to", place); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sound(t, place)
}

// What is wrong is said, with what mends it, and check ends with 1; it changes nothing.
func TestCheck(t *testing.T) {
	data := ringData(t)
	sound(t, data)
	edit(t, data, func(tx storage.Tx) error {
		return tx.Put(&storage.Record{Kind: "card", ID: "1", Data: []byte(`{"funnel":"ring"}`)}, &storage.Record{Kind: "nonsense", ID: "1", Data: []byte(`{`)})
	})
	file := filepath.Join(data, databaseName)
	was, _ := os.ReadFile(file)
	out, err := said(t, "", "check", "--data", data)
	if _, no := err.(answerNo); !no {
		t.Errorf("it says %v", err)
	}
	for _, want := range []string{
		"card 1: it should stand in index card_created", "--mend writes its entries anew",
		"card 1: its instance, which has its fields, is gone. Restore the newest backup", "nonsense 1: it is no JSON.",
		"What 1 records of kind nonsense mean is not known", "3 things are wrong with ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if is, _ := os.ReadFile(file); !bytes.Equal(is, was) {
		t.Error("it has changed the file")
	}
	out, _ = said(t, "", "check", "--data", data, "--mend")
	if !strings.Contains(out, "The entries of 1 records were written anew.") || strings.Contains(out, "should stand") || !strings.Contains(out, "2 things are wrong") {
		t.Errorf("mended:\n%s", out)
	}
}

// What can't be checked is refused with a sentence.
func TestCheckRefuses(t *testing.T) {
	data := ringData(t)
	store, err := openData(data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = said(t, "", "check", "--data", data)
	if err == nil || !strings.Contains(err.Error(), "in use by another voronka") {
		t.Errorf("in use: %v", err)
	}
	store.Close()
	for want, args := range map[string][]string{
		"say what to check":   {},
		"no data folder":      {"--data", t.TempDir()},
		"no postgres:// URL":  {"--store", "mysql://db"},
		"say what to check: ": {"--data", data, "--store", "postgres://db"},
	} {
		if _, err := said(t, "", append([]string{"check"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// A damaged file is told by its pages, and nothing else is tried with it.
func TestCheckDamagedFile(t *testing.T) {
	data := ringData(t)
	file := filepath.Join(data, databaseName)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(raw, []byte("bcdefgh"))
	at = max(at, bytes.Index(raw, []byte("definition\x00ring:1")))
	clear(raw[at&^4095 : at&^4095+512])
	os.WriteFile(file, raw, 0o600)
	out, err := said(t, "", "check", "--data", data)
	if _, no := err.(answerNo); !no || !strings.Contains(out, "is damaged") || !strings.Contains(out, "backup") {
		t.Errorf("%v\n%s", err, out)
	}
	os.WriteFile(file, raw[:20000], 0o600)
	out, err = said(t, "", "check", "--data", data)
	if _, no := err.(answerNo); !no || !strings.Contains(out, "cut short") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What an older version wrote is brought up to this one when it is opened, wherever it is kept; what a newer one wrote is refused by
// every command that would work with it.
func TestFormats(t *testing.T) {
	data := ringData(t)
	place := storagetest.Postgres(t)
	edit(t, data, func(tx storage.Tx) error { return tx.Delete(aboutRef) })
	edit(t, data, func(tx storage.Tx) error {
		found, err := tx.Get(storage.Ref{Kind: "user", ID: "ann"}, storage.Ref{Kind: "definition", ID: "ring:1"})
		if err != nil {
			return err
		}
		for _, r := range found {
			r.Index = nil // an older version had no such index
		}
		return tx.Put(found...)
	})
	sound(t, data) // their entries are not held against them
	if out, err := said(t, "", "copy", "--from", data, "--to", place); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, at := range []string{data, place} {
		store, err := openStore(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			a, err := openApp(t.Context(), store, engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if n, err := a.format(t.Context()); n != format || err != nil {
				t.Errorf("it is of form %d, %v", n, err)
			}
		}
		store.Close()
		sound(t, at)
	}
	newer := fmt.Appendf(nil, `{"format":%d,"version":"9.9"}`, format+1)
	edit(t, data, func(tx storage.Tx) error {
		found, err := tx.Get(aboutRef)
		if err != nil {
			return err
		}
		found[0].Data = newer
		return tx.Put(found...)
	})
	for _, args := range [][]string{
		{"check", "--data", data},
		{"user", "list", "--data", data},
		{"deploy", "--data", data, file(t, "ring.bpmn", ring)},
		{"serve", "--data", data, "--listen", "127.0.0.1:0"},
		{"demo", "--data", data, "--listen", "127.0.0.1:0"},
	} {
		if _, err := said(t, "", args...); !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), "written by Voronka 9.9") {
			t.Errorf("%s: %v", args[0], err)
		}
	}
}

// compact shrinks, says by how much, and leaves a folder that is sound.
func TestCompact(t *testing.T) {
	data := ringData(t)
	edit(t, data, func(tx storage.Tx) error {
		return tx.Put(&storage.Record{Kind: "turn", ID: "large", Data: []byte(`"` + strings.Repeat("x", 30<<20) + `"`)})
	})
	edit(t, data, func(tx storage.Tx) error { return tx.Delete(storage.Ref{Kind: "turn", ID: "large"}) })
	out, err := said(t, "", "compact", "--data", data)
	if err != nil || !strings.Contains(out, "MiB, and has ") || !strings.Contains(out, "KiB.") {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(out)
	sound(t, data)
	if out, err := said(t, "", "user", "list", "--data", data); err != nil || !strings.Contains(out, "ann\t") {
		t.Errorf("%v\n%s", err, out)
	}
	store, err := openData(data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := said(t, "", "compact", "--data", data); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("in use: %v", err)
	}
	if _, err := said(t, "", "compact", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no data folder") {
		t.Errorf("nothing there: %v", err)
	}
}

// What each package has to say of its records is said.
func TestCheckSays(t *testing.T) {
	for want, r := range map[string]storage.Record{
		"contact 1: the company, 7, is gone. Give it another one.": {Kind: "contact", ID: "1", Data: []byte(`{"name":"Ann","company":"7"}`), Index: []storage.Entry{
			{Index: "contact_company", Key: storage.Key("7", "1")}, {Index: "contact_word", Key: storage.Key("ann", "1")},
		}},
		"contact 1: the contact that it was merged into, 7, is gone.": {Kind: "contact", ID: "1", Data: []byte(`{"into":"7"}`)},
		"contact 1: it should stand in index contact_word":            {Kind: "contact", ID: "1", Data: []byte(`{"name":"Ann"}`)},
		"contact 1: can't be read":                                    {Kind: "contact", ID: "1", Data: []byte(`[]`)},
		"session 1: it is a session of ghost, who is nobody.":         {Kind: "session", ID: "1", Data: []byte(`{"user":"ghost"}`), Index: []storage.Entry{{Index: "session_user", Key: storage.Key("ghost", "1")}}},
		"session 1: it should stand in index session_user":            {Kind: "session", ID: "1", Data: []byte(`{"user":"ann"}`)},
		"user bob: it should stand in index user_role":                {Kind: "user", ID: "bob", Data: []byte(`{"roles":["sales"],"active":true}`)},
		"user bob: can't be read":                                     {Kind: "user", ID: "bob", Data: []byte(`[]`)},
		"labels ring:9/en: its definition is gone":                    {Kind: "labels", ID: "ring:9/en", Data: []byte(`{}`)},
		"template ring:1/act.docx: can't be read":                     {Kind: "template", ID: "ring:1/act.docx", Data: []byte(`{}`)},
		"mailbox paid: it should stand in index due":                  {Kind: "mailbox", ID: "paid", Data: []byte(`{"messages":[{"name":"paid","until":"2026-01-01T00:00:00Z"}]}`)},
		"message 1: nothing says when it is due.":                     {Kind: "message", ID: "1", Data: []byte(`{}`)},
		"broadcast go: can't be read":                                 {Kind: "broadcast", ID: "go", Data: []byte(`{}`)},
		"broadcast go: page 0 of those who are to hear it is gone.":   {Kind: "broadcast", ID: "go", Data: []byte(`{"signals":[{"pages":1}]}`), Index: []storage.Entry{{Index: "due", Key: "x"}}},
		"audience go/00000000: no signal is left":                     {Kind: "audience", ID: "go/00000000", Data: []byte(`[]`)},
		"items 1:2/00000000: the activity that these items are for":   {Kind: "items", ID: "1:2/00000000", Data: []byte(`[]`)},
		"history 1/x: it is no page of anything.":                     {Kind: "history", ID: "1/x", Data: []byte(`[]`)},
		"file 1: its bytes are gone":                                  {Kind: "file", ID: "1", Data: []byte(`{"name":"a"}`)},
		"file_bytes 1: nobody knows whose file it is.":                {Kind: "file_bytes", ID: "1", Data: []byte(`"YQ=="`)},
		"process ghost: its newest version, ghost:1, is gone.":        {Kind: "process", ID: "ghost", Data: []byte(`{"definition":"ghost:1","version":1}`)},
		"definition ghost:1: can't be read":                           {Kind: "definition", ID: "ghost:1", Data: []byte(`{"process":"ghost","version":1}`)},
		"xml abc: the file is not what was uploaded.":                 {Kind: "xml", ID: "abc", Data: []byte(`"YQ=="`)},
		"instance 1: can't be read":                                   {Kind: "instance", ID: "1", Data: []byte(`{"definition":"ghost:1"}`)},
		"history 1: its instance is gone, and 1 pages are left.":      {Kind: "history", ID: "1/00000001", Data: []byte(`[]`)},
	} {
		data := ringData(t)
		edit(t, data, func(tx storage.Tx) error {
			one := r
			return tx.Put(&one)
		})
		out, err := said(t, "", "check", "--data", data)
		if _, no := err.(answerNo); !no || !strings.Contains(out, want) {
			t.Errorf("no %q: %v\n%s", want, err, out)
		}
	}
}
