package storage

import (
	"context"
	"time"
)

// Measured is a store that knows something of itself without reading what it keeps.
type Measured interface {
	Measure(ctx context.Context) (Measures, error)
}

// Measures are what it knows. Of a database Most is not 0, and Free and Commits are not known.
type Measures struct {
	Bytes   int64  // that it takes up, with what is Free; 0: not known
	Free    int64  // of these, for what comes next
	Room    int64  // that the disk has left; 0: not known
	Commits uint64 // since it was opened

	Busy, Idle, Most int           // connections
	Waits            uint64        // for one
	Waiting          time.Duration // for one, in sum
}
