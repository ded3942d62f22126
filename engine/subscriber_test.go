package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// Waits that were written before their keys stood in the index are found all the same, before a start event of that name.
func TestWaitsListedByNameOnly(t *testing.T) {
	s := memory.New()
	e := engine.Open(s, engine.Options{})
	update := func(deed func(tx *engine.Tx) error) {
		t.Helper()
		if err := e.Update(context.Background(), deed); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *engine.Tx) error {
		_, _, err := tx.Deploy([]engine.Source{{XML: []byte(read(t, "testdata/message/keyed.bpmn"))}, {XML: []byte(read(t, "testdata/message/starts.bpmn"))}}, "")
		return err
	})
	waiting := map[string]string{}
	for _, order := range []string{"7", "8"} {
		update(func(tx *engine.Tx) error {
			i, err := tx.Start(engine.Start{Process: "keyed", Variables: map[string]engine.Value{"order": engine.Value(order)}})
			waiting[order] = i.ID
			return err
		})
	}
	refs := []storage.Ref{{Kind: "instance", ID: waiting["7"]}, {Kind: "instance", ID: waiting["8"]}, {Kind: "process", ID: "starts"}}
	if err := s.Update(context.Background(), func(tx storage.Tx) error {
		found, err := tx.Get(refs...)
		if err != nil {
			return err
		}
		for _, r := range found {
			for n, entry := range r.Index {
				if parts := strings.Split(entry.Key, "\x00\x01"); entry.Index == "message" {
					if len(parts) != 4 {
						t.Errorf("%s has the entry %q", r.ID, entry.Key)
					}
					r.Index[n].Key = storage.Key(parts[0], parts[2], parts[3]) // as it was
				}
			}
		}
		return tx.Put(found...)
	}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ key, took string }{{"8", waiting["8"]}, {"", waiting["7"]}} {
		update(func(tx *engine.Tx) error {
			i, err := tx.Message(engine.Message{Name: "paid", Key: m.key})
			if err == nil && i.ID != m.took {
				t.Errorf("the message with the key %q was taken by %s, not %s", m.key, i.ID, m.took)
			}
			return err
		})
	}
	update(func(tx *engine.Tx) error {
		i, err := tx.Message(engine.Message{Name: "paid"})
		if err == nil && i.Process != "starts" {
			t.Errorf("the last message was taken by %s", i.Process)
		}
		return err
	})
}
