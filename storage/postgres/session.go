package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// statement is one of those that are prepared on each connection.
type statement int

const (
	begin     statement = iota
	look                // begin for a View
	commit              //
	end                 // without a commit
	did                 // a deed: replica, number
	get                 // kind, id
	insert              // kind, id, version, data, entries: an array of each
	update              // kind, id, version, data, entries
	remove              // kind, id
	enter               // name, key, kind, id, value: an array of each
	revalue             // name, key, value
	leave               // name, key
	nextKind            // the one before
	nextIndex           // the one before

	// Pages of a scan: kind or name, from, to, most. A walk backwards is one further, one with keys only two.
	pageRecords
	pageRecordsBack
	pageRecordIDs
	pageRecordIDsBack
	pageEntries
	pageEntriesBack
	pageEntryKeys
	pageEntryKeysBack

	statements // how many
)

var sql = [statements]string{
	begin:  `BEGIN ISOLATION LEVEL SERIALIZABLE`,
	look:   `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
	commit: `COMMIT`,
	end:    `ROLLBACK`,
	did:    `INSERT INTO deeds (replica, number) VALUES ($1, $2)`,
	get:    `SELECT version, entries, data FROM records WHERE kind = $1 AND id = $2`,
	insert: `INSERT INTO records (kind, id, version, data, entries) SELECT kind, id, version, data::json, entries
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bytea[]) AS r (kind, id, version, data, entries)`,
	update: `UPDATE records SET version = $3, data = $4, entries = $5 WHERE kind = $1 AND id = $2`,
	remove: `DELETE FROM records WHERE kind = $1 AND id = $2`,
	enter: `INSERT INTO entries (name, key, kind, id, value, gone) SELECT name, key, kind, id, value, gone
		FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::boolean[]) AS e (name, key, kind, id, value, gone)
		ON CONFLICT (name, key) DO UPDATE SET value = excluded.value, gone = excluded.gone`,
	leave: `DELETE FROM entries WHERE name = $1 AND key = $2 AND gone`,

	nextKind:  `SELECT kind FROM records WHERE kind > $1 ORDER BY kind LIMIT 1`,
	nextIndex: `SELECT name FROM entries WHERE name > $1 AND NOT gone ORDER BY name LIMIT 1`,

	pageRecords:       `SELECT id, version, data` + ofKind + up,
	pageRecordsBack:   `SELECT id, version, data` + ofKind + down,
	pageRecordIDs:     `SELECT id` + ofKind + up,
	pageRecordIDsBack: `SELECT id` + ofKind + down,
	pageEntries:       `SELECT key, value, version, data` + withRecord + ofIndex + up,
	pageEntriesBack:   `SELECT key, value, version, data` + withRecord + ofIndex + down,
	pageEntryKeys:     `SELECT key, value FROM entries` + ofIndex + up,
	pageEntryKeysBack: `SELECT key, value FROM entries` + ofIndex + down,
}

const (
	ofKind     = ` FROM records WHERE kind = $1 AND id >= $2 AND id < $3 ORDER BY id`
	withRecord = ` FROM entries JOIN records USING (kind, id)`
	ofIndex    = ` WHERE name = $1 AND key >= $2 AND key < $3 AND NOT gone ORDER BY key`
	up         = ` LIMIT $4`
	down       = ` DESC` + up
)

// settings hold the server to the one plan that each statement is written for, whatever it believes of the tables, and end the
// transaction of a replica that is no more. A server that does not know one goes without it.
var settings = []string{
	"SET plan_cache_mode = force_generic_plan",
	"SET enable_seqscan = off", // which would also make each deed conflict with any other
	"SET enable_bitmapscan = off",
	"SET enable_sort = off",
	"SET enable_hashjoin = off",
	"SET enable_mergejoin = off",
	"SET jit = off",
	"SET default_transaction_isolation = 'read committed'", // of what is no deed
	"SET idle_in_transaction_session_timeout = '5min'",
	"SET tcp_keepalives_idle = 15",
	"SET tcp_keepalives_interval = 5",
	"SET tcp_keepalives_count = 3",
}

// prepared is a statement as a connection knows it, with how its parameters and columns are written: JSON as text, all else as bytes.
type prepared struct {
	*pgconn.StatementDescription
	in, out []int16
}

// prepare readies a new connection, in one round trip.
func prepare(ctx context.Context, c *pgx.Conn) error {
	p := c.PgConn().StartPipeline(ctx)
	for _, s := range settings {
		p.SendQueryParams(s, nil, nil, nil, nil)
		p.SendPipelineSync()
	}
	for n, s := range sql {
		p.SendPrepare(name(n), s, nil)
	}
	err := p.Sync()
	for n := 0; err == nil && n < 2*len(settings); n++ { // each and its sync
		if _, err = p.GetResults(); err != nil && !silent(err) {
			err = nil
		}
	}
	var known [statements]prepared
	for n := 0; err == nil && n < len(sql); n++ {
		var got any
		if got, err = p.GetResults(); err == nil {
			d, _ := got.(*pgconn.StatementDescription)
			if d == nil {
				err = errAnswer
				break
			}
			d.Name = name(n)
			known[n] = prepared{d, formats(d.ParamOIDs), nil}
			for _, f := range d.Fields {
				known[n].out = append(known[n].out, formatOf(f.DataTypeOID))
			}
		}
	}
	c.PgConn().CustomData()[""] = &known
	closed := p.Close()
	if err == nil && silent(closed) && closed != nil {
		err = closed
	}
	return err
}

func name(n int) string { return "voronka" + strconv.Itoa(n) }

var errAnswer = errors.New("the server does not answer as it should")

func formats(oids []uint32) (f []int16) {
	for _, oid := range oids {
		f = append(f, formatOf(oid))
	}
	return f
}

func formatOf(oid uint32) int16 {
	if slices.Contains([]uint32{pgtype.JSONOID, pgtype.JSONBOID}, oid) {
		return pgx.TextFormatCode
	}
	return pgx.BinaryFormatCode
}

// call is one statement of a round trip, and then the rows that came for it.
type call struct {
	statement statement
	args      [][]byte
	rows      [][][]byte
}

// send makes a round trip of calls. The first error ends it: what stands behind it was not done.
func send(ctx context.Context, c *pgconn.PgConn, calls []call) error {
	known := c.CustomData()[""].(*[statements]prepared)
	p := c.StartPipeline(ctx)
	for n := range calls {
		k := &known[calls[n].statement]
		p.SendQueryStatement(k.StatementDescription, calls[n].args, k.in, k.out)
	}
	err := p.Sync()
	for n := range calls {
		if err != nil {
			break
		}
		err = calls[n].receive(p)
	}
	if e := p.Close(); err == nil {
		err = e
	}
	return err
}

func (c *call) receive(p *pgconn.Pipeline) error {
	got, err := p.GetResults()
	if err != nil {
		return err
	}
	r, ok := got.(*pgconn.ResultReader)
	if !ok {
		return errAnswer
	}
	c.rows = nil
	for r.NextRow() {
		c.rows = append(c.rows, own(r.Values()))
	}
	tag, err := r.Close()
	if err == nil && c.statement == commit && tag.String() == "ROLLBACK" {
		err = errors.New("the server did not commit")
	}
	return err
}

// own is a row in memory of its own.
func own(row [][]byte) [][]byte {
	size := 0
	for _, v := range row {
		size += len(v)
	}
	all, copied := make([]byte, 0, size), make([][]byte, len(row))
	for n, v := range row {
		if v != nil {
			at := len(all)
			all = append(all, v...)
			copied[n] = all[at:len(all):len(all)]
		}
	}
	return copied
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
