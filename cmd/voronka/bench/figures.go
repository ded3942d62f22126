package bench

import (
	"math"
	"time"
)

// Figures are what a run found. What it did not look for is left out.
type Figures struct {
	Moves      map[int]Move     `json:"moves,omitempty"` // by clients
	Instance   Instance         `json:"instance,omitzero"`
	HotCounter map[int]Counting `json:"hot_counter,omitempty"` // by clients
	Parked     Parked           `json:"parked,omitzero"`
	Job        map[int]Job      `json:"job,omitempty"`   // by clients
	Cards      map[int]*Crowd   `json:"cards,omitempty"` // by how many there are
	Growth     Growth           `json:"growth,omitzero"`
	Timers     Timers           `json:"timers,omitzero"`
	HTTP       *Web             `json:"http,omitempty"`
}

// Move is the move of a card through its gate, by so many clients, each on cards of its own.
type Move struct {
	PerSecond     float64 `json:"per_second"`
	BarePerSecond float64 `json:"bare_per_second"` // of the store alone
	Ratio         float64 `json:"ratio"`           // of these two
	P50           float64 `json:"p50_ms"`
	P99           float64 `json:"p99_ms"`
}

// Instance is a whole instance in one deed: start, script, gateway, script, end.
type Instance struct {
	Memory      float64 `json:"memory_us"`         // microseconds of one, one after the other, in memory
	MemoryKept  float64 `json:"memory_us_at_100k"` // the same with 100,000 finished ones kept
	Durable     float64 `json:"durable_ratio"`     // how many times as long as the store alone takes
	DurableMany float64 `json:"durable_ratio_64"`  // the same, by 64 clients
}

// Counting is a move that counts up a counter which is everybody's.
type Counting struct {
	PerSecond float64 `json:"per_second"`
	Ratio     float64 `json:"ratio_to_moves"` // to moves that don't, by as many clients
}

// Parked is what an instance costs that waits for a person and a timer, in a store in memory: the store's share included.
type Parked struct {
	Bytes      float64 `json:"bytes"`
	Goroutines float64 `json:"goroutines"`
}

// Job is a job written by a client, and claimed and completed by a worker.
type Job struct {
	PerSecond     float64 `json:"per_second"`
	BarePerSecond float64 `json:"bare_per_second"` // transactions of the store alone: the mean of writing, claiming and completing one
	Ratio         float64 `json:"ratio"`           // how many times as long as one such transaction a job takes
}

// Crowd is what it is like with so many cards.
type Crowd struct {
	Create     float64 `json:"create_per_second"`        // each in a deed of its own, by 64 clients
	Import     float64 `json:"import_per_second"`        // 500 in a deed
	Open       float64 `json:"open_ms,omitempty"`        // of a store that was closed just now
	FirstBoard float64 `json:"first_board_ms,omitempty"` // after that
	ColdOpen   float64 `json:"cold_open_ms,omitempty"`   // of a store of which nothing is in memory, where the machine can be asked to forget
	ColdBoard  float64 `json:"cold_first_board_ms,omitempty"`
	Board      Read    `json:"board"`
	Card       Read    `json:"card"`
	Search     Read    `json:"search"`
	Moves      float64 `json:"moves_ratio"` // of moves a second to those among 1,000 cards, by 64 clients
}

// Read is a question asked over and over, by one client where nothing else is said.
type Read struct {
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	P99       float64 `json:"p99_ms"`
}

// Growth is what becomes of moves when there is more of something that they have nothing to do with.
type Growth struct {
	Lines   int     `json:"history_lines"`
	History float64 `json:"history_ratio"` // of moves a second of cards with so many lines of history to those of new ones
	Timers  int     `json:"waiting_timers"`
	Waiting float64 `json:"waiting_ratio"` // of moves a second while so many timers wait to those while none does
}

// Timers is how late timers fire that fall due one after the other. One that has not fired counts as late as it is so far.
type Timers struct {
	Due     int     `json:"due"`
	Seconds float64 `json:"within_s"`
	Fired   int     `json:"fired"` // each once
	P50     float64 `json:"p50_late_ms"`
	P99     float64 `json:"p99_late_ms"`
	Max     float64 `json:"max_late_ms"`
}

// Web is the product over HTTP, by a server and clients in one process.
type Web struct {
	Moves  map[int]Move `json:"moves"` // by clients; bare is the store alone, without HTTP
	Board  Read         `json:"board"` // by 16 clients
	Card   Read         `json:"card"`
	Search Read         `json:"search"`
}

// digits leaves four digits, or those before the point.
func digits(f float64) float64 {
	if f == 0 {
		return 0
	}
	shift := math.Pow(10, max(0, 3-math.Floor(math.Log10(math.Abs(f)))))
	return math.Round(f*shift) / shift
}

func milliseconds(d time.Duration) float64 { return digits(float64(d) / float64(time.Millisecond)) }

func microseconds(d time.Duration) float64 { return digits(float64(d) / float64(time.Microsecond)) }
