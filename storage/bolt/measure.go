package bolt

import (
	"context"

	"go.etcd.io/bbolt"

	"github.com/voronka/voronka/storage"
)

// Measure is storage.Measured.Measure. It is why bbolt keeps its statistics: the free pages are told nowhere else.
func (s *Store) Measure(context.Context) (m storage.Measures, err error) {
	if err := s.gate.Enter(); err != nil {
		return m, err
	}
	defer s.gate.Leave()
	path := s.db.Path()
	if m.Bytes, err = sizeOf(path); err != nil {
		return m, err
	}
	used := m.Bytes
	if err := s.db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return m, err
	}
	stats := s.db.Stats()
	m.Free = int64(stats.FreePageN+stats.PendingPageN)*int64(s.db.Info().PageSize) + max(0, m.Bytes-used) // pages, and the end that no page was written to yet
	m.Room, m.Commits = room(path), s.commits.Load()
	return m, nil
}
