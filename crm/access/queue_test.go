package access

import (
	"errors"
	"testing"
)

// A flood of passwords is sent away; those in the queue have their turn.
func TestQueue(t *testing.T) {
	q := queue{turns: make(chan struct{}, 1), places: make(chan struct{}, 3)}
	hold, done := make(chan struct{}), make(chan error, 3)
	for range 3 {
		go func() { done <- q.do(func() { <-hold }) }()
	}
	for len(q.places) < 3 { // until they have come
	}
	if err := q.do(func() {}); !errors.Is(err, ErrBusy) {
		t.Errorf("the fourth: %v", err)
	}
	close(hold)
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := q.do(func() {}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
