package postgres

import (
	"context"

	"github.com/voronka/voronka/storage"
)

// Measure is storage.Measured.Measure. A database that can't tell the size of its tables leaves Bytes 0.
func (s *Store) Measure(ctx context.Context) (m storage.Measures, err error) {
	if err := s.gate.Enter(); err != nil {
		return m, err
	}
	defer s.gate.Leave()
	pool := s.pool.Stat()
	m.Busy, m.Idle, m.Most = int(pool.AcquiredConns()), int(pool.IdleConns()), int(pool.MaxConns())
	m.Waits, m.Waiting = uint64(pool.EmptyAcquireCount()), pool.EmptyAcquireWaitTime()
	err = s.pool.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = current_schema()`).Scan(&m.Bytes)
	if err != nil && code(err) == "" {
		return m, giveUp(ctx, translate(err))
	}
	return m, nil
}
