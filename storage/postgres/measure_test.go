package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/voronka/voronka/storage"
)

func TestMeasure(t *testing.T) {
	s := open(t, fresh(t))
	m, err := s.Measure(bg)
	if err != nil || m.Bytes <= 0 || m.Most != 24 || m.Busy != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if err := s.View(bg, func(r storage.Reader) error {
		if _, err := r.Get(storage.Ref{Kind: "card", ID: "a"}); err != nil {
			return err
		}
		if m, err := s.Measure(bg); err != nil || m.Busy != 1 {
			t.Errorf("beside a View: %+v, %v", m, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	over, stop := context.WithCancel(bg)
	stop()
	if _, err := s.Measure(over); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for it: %v", err)
	}
	s.Close()
	if _, err := s.Measure(bg); !errors.Is(err, storage.ErrClosed) {
		t.Error(err)
	}
}
