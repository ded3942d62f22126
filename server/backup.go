package server

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

const backupPath = apiPath + "/backup"

// backup gives everything as one file, while the server works on. It is for those with the right configure; it bears the hashes of
// passwords. The copy is made on this machine first, so that a slow line does not hold an old state of the store open.
func backup(c *call) (*answer, error) {
	if !c.actor.May(access.Configure) {
		return nil, &access.Denied{Right: access.Configure}
	}
	store, can := c.s.engine.Store().(storage.Backer)
	if !can {
		return nil, &notBuilt{c.say("no_backup")}
	}
	select {
	case c.s.backups <- struct{}{}:
		defer func() { <-c.s.backups }()
	default: // each takes as much room as everything
		return nil, &slow{"busy", 30 * time.Second}
	}
	c.lift()
	copied, err := os.CreateTemp("", "voronka-backup-")
	if err != nil {
		return nil, err
	}
	defer copied.Close()
	if os.Remove(copied.Name()) != nil { // where an open file can't lose its name, it loses it at the end; a crash leaves nothing elsewhere
		defer os.Remove(copied.Name())
	}
	if err := store.Backup(c.ctx(), copied); err != nil {
		return nil, err
	}
	size, err := copied.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = copied.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	h := c.w.Header()
	attach(h, "voronka.db")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method != http.MethodHead {
		if _, err := io.Copy(c.patient(), copied); err != nil {
			panic(http.ErrAbortHandler) // the caller sees that it is cut off: its length is known
		}
		c.backedUp()
	}
	return &answer{written: true}, nil
}

// kindBackup is of one record: when a backup was last given out whole.
const kindBackup = "backup"

// backedUp writes that down, so that each server of the installation can tell it.
func (c *call) backedUp() {
	err := c.s.engine.Update(context.WithoutCancel(c.ctx()), func(tx *engine.Tx) error { // the caller may be gone with what was wanted
		ref := storage.Ref{Kind: kindBackup, ID: "last"}
		found, err := tx.Get(ref)
		if err != nil {
			return err
		}
		r := &storage.Record{Kind: ref.Kind, ID: ref.ID}
		if found[0] != nil {
			r.Version = found[0].Version
		}
		if r.Data, err = storage.Marshal(tx.Now()); err != nil {
			return err
		}
		return tx.Put(r)
	})
	if err != nil {
		c.s.opts.Log.Error().Str(engine.FieldRequest, traceOf(c.r).id).Err(err).Msg("the time of a backup could not be written")
	}
}

// lastBackup is that time; zero where there was none.
func lastBackup(tx *engine.Tx) (at time.Time, err error) {
	found, err := tx.Get(storage.Ref{Kind: kindBackup, ID: "last"})
	if err != nil || found[0] == nil {
		return at, err
	}
	return at, storage.Unmarshal(found[0].Data, &at)
}
