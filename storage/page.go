package storage

import "errors"

// A page is as many records as make up about so many bytes.
const (
	pageBytes   = 4 << 20
	pageRecords = 2000
)

var errNoLister = errors.New("the store does not list what it has")

// Pages gives all records with their entries, in order of kind and id, a page at a time. A record that can't be read is left out and
// given to unread with the reason; where that is nil it ends the walk. r is a Lister too.
func Pages(r Reader, page func([]*Record) error, unread func(Ref, error) error) error {
	lister, ok := r.(Lister)
	if !ok {
		return errNoLister
	}
	kinds, err := lister.Kinds()
	if err != nil {
		return err
	}
	size := 16
	for _, kind := range kinds {
		for at := (Range{Kind: kind, Keys: true}); ; {
			var refs []Ref
			at.Limit = size
			for h, err := range r.Scan(at) {
				if err != nil {
					return err
				}
				refs, at.After = append(refs, h.Ref), h.Cursor
			}
			if len(refs) == 0 {
				break
			}
			all, err := readable(r, refs, unread)
			if err != nil {
				return err
			}
			bytes := 0
			for _, record := range all {
				bytes += len(record.Data)
			}
			if len(all) > 0 {
				if err := page(all); err != nil {
					return err
				}
			}
			switch {
			case bytes > pageBytes:
				size = max(1, size/4)
			case bytes < pageBytes/4:
				size = min(2*size, pageRecords)
			}
		}
	}
	return nil
}

// readable gets records, one by one where not all of them can be read.
func readable(r Reader, refs []Ref, unread func(Ref, error) error) ([]*Record, error) {
	all, err := r.Get(refs...)
	if err == nil || unread == nil || !errors.Is(err, ErrFormat) {
		return all, err
	}
	all = nil
	for _, ref := range refs {
		one, err := r.Get(ref)
		if err == nil {
			all = append(all, one...)
			continue
		}
		if !errors.Is(err, ErrFormat) {
			return nil, err
		}
		if err := unread(ref, err); err != nil {
			return nil, err
		}
	}
	return all, nil
}
