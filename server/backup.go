package server

import (
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/voronka/voronka/crm/access"
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
	copied, err := os.CreateTemp("", "voronka-backup-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(copied.Name())
	defer copied.Close()
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
		if _, err := io.Copy(c.w, copied); err != nil {
			panic(http.ErrAbortHandler) // the caller sees that it is cut off: its length is known
		}
	}
	return &answer{written: true}, nil
}
