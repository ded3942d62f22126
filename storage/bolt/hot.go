package bolt

import (
	"sync"
	"sync/atomic"

	"github.com/voronka/voronka/storage"
)

// hot are the records that deeds found changed behind their back, such as a counter that all of them draw from. A deed that comes to
// read one waits for its turn first and goes on in it: what it did before is not done again, and what others do goes on beside it.
type hot struct {
	any  atomic.Bool
	mu   sync.Mutex
	left map[string]int // how often more a place may be found unchanged before it is hot no longer
}

const (
	mostHot  = 256
	patience = 16
)

func (h *hot) has(place string) bool {
	if !h.any.Load() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.left[place] > 0
}

// found notes whether a place had changed when a deed's turn came.
func (h *hot) found(place string, changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !changed && h.left[place] > 1:
		h.left[place]--
	case !changed:
		delete(h.left, place)
	case h.left == nil, len(h.left) >= mostHot:
		h.left = map[string]int{place: patience}
	default:
		h.left[place] = patience
	}
	h.any.Store(len(h.left) > 0)
}

// cool waits for the deed's turn where t is about to read something hot on its snapshot.
func (t *tx) cool(refs []storage.Ref) error {
	if t.read == nil || !t.deed.store.hot.any.Load() {
		return nil
	}
	for _, ref := range refs {
		place := t.layout.place(ref)
		if _, known := t.read[place]; known || !t.deed.store.hot.has(place) {
			continue
		}
		was := stamp(t.records.Get([]byte(place)))
		if err := t.deed.promote(t); err != nil {
			return err
		}
		t.deed.store.hot.found(place, stamp(t.at(place)) != was)
		return nil
	}
	return nil
}
