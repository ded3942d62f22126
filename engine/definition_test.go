package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

var errUndone = errors.New("undone")

// undoing is a store whose Updates run over what those before them wrote, as they do in a group, until the whole group is undone.
type undoing struct {
	storage.Store
	group storage.Tx
}

func (u *undoing) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if u.group == nil {
		return u.Store.Update(ctx, fn)
	}
	if err := fn(u.group); err != nil {
		return err
	}
	return errUndone
}

// A definition that was read before its deployment was undone is not remembered when another one comes under its name.
func TestUndoneDefinition(t *testing.T) {
	store := &undoing{Store: memory.New()}
	e := engine.Open(store, engine.Options{})
	start := func(tx *engine.Tx) error {
		_, err := tx.StartAs("one", engine.Start{Process: "p"})
		return err
	}
	if err := store.Store.Update(context.Background(), func(tx storage.Tx) error {
		store.group = tx
		defer func() { store.group = nil }()
		for _, deed := range []func(*engine.Tx) error{
			func(tx *engine.Tx) error {
				_, _, err := tx.Deploy([]engine.Source{{XML: []byte(service)}}, "")
				return err
			},
			start,
		} {
			if err := e.Update(context.Background(), deed); !errors.Is(err, errUndone) {
				t.Fatal(err)
			}
		}
		return errUndone
	}); !errors.Is(err, errUndone) {
		t.Fatal(err)
	}
	deploy(t, engine.Open(store, engine.Options{}), asking) // as another server does
	if err := e.Update(context.Background(), start); err != nil {
		t.Fatal(err)
	}
	if err := e.View(context.Background(), func(tx *engine.Tx) error {
		i, err := tx.Instance("one")
		if err == nil && describe(i) != "one p active: at ask!" {
			t.Errorf("it follows the drawing that was undone: %s", describe(i))
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
