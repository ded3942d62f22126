package storage

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Check tells what is wrong with records before a backend's Put keeps them: the same for each backend, so that what is stored in
// one can be stored in another.
func Check(records []*Record) error {
	for i, r := range records {
		if r == nil {
			return fmt.Errorf("%w: record %d is nil", ErrInvalid, i)
		}
		if why := r.wrong(); why != "" {
			return fmt.Errorf("%w: %s of %.40q %.80q", ErrInvalid, why, r.Kind, r.ID)
		}
	}
	if r := twice(records); r != nil {
		return fmt.Errorf("%w: %s %s is named twice in one Put", ErrInvalid, r.Kind, r.ID)
	}
	return nil
}

// CheckRestored is Check before a backend's Restore.
func CheckRestored(records []*Record) error {
	if err := Check(records); err != nil {
		return err
	}
	for _, r := range records {
		if r.Version == 0 {
			return fmt.Errorf("%w: %s %s has no version", ErrInvalid, r.Kind, r.ID)
		}
	}
	return nil
}

// twice is a record that stands among them more than once.
func twice(records []*Record) *Record {
	const few = 8
	if len(records) <= few {
		for i, r := range records {
			for _, other := range records[:i] {
				if r.ID == other.ID && r.Kind == other.Kind {
					return r
				}
			}
		}
		return nil
	}
	seen := make(map[Ref]bool, len(records))
	for _, r := range records {
		if seen[r.Ref()] {
			return r
		}
		seen[r.Ref()] = true
	}
	return nil
}

func (r *Record) wrong() string {
	switch {
	case !word(r.Kind):
		return "the kind"
	case r.ID == "" || len(r.ID) > 512 || !utf8.ValidString(r.ID) || strings.IndexByte(r.ID, 0) >= 0:
		return "the id"
	case len(r.Data) > 256<<20:
		return "the size"
	}
	for i := range r.Index {
		switch e := &r.Index[i]; {
		case !word(e.Index):
			return "the name of an index"
		case len(e.Key) > 1024:
			return "the length of a key in index " + e.Index
		case len(e.Value) > 64<<10:
			return "the length of a value in index " + e.Index
		}
	}
	return ""
}

// word tells whether s can name a kind or an index.
func word(s string) bool {
	return 0 < len(s) && len(s) <= 32 && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// Check tells whether r says what to walk over.
func (r Range) Check() error {
	if name := cmp.Or(r.Index, r.Kind); !word(name) {
		return fmt.Errorf("%w: a range over %.40q", ErrInvalid, name)
	}
	return nil
}
