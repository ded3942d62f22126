package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

func TestFormat(t *testing.T) {
	for name, c := range map[string]struct{ sql, says string }{
		"newer":   {fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'format'", format+1), fmt.Sprint("format ", format+1)},
		"damaged": {"DELETE FROM about", "damaged"},
		"others'": {"DROP TABLE about CASCADE", "not Voronka's"},
	} {
		url := fresh(t)
		open(t, url).Close()
		exec(t, url, c.sql)
		if _, err := Open(bg, url, Options{}); !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(bg, "postgres://nobody:secret@localhost:1/none?connect_timeout=1", Options{Wait: 10 * time.Millisecond}); !errors.Is(err, storage.ErrAway) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	if _, err := Open(bg, "postgres://nobody:secret@localhost:port/none", Options{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	place := fresh(t)
	for _, wrong := range []string{"dbname=not_there", "user=not_there"} {
		start := time.Now()
		if _, err := Open(bg, place+"&"+wrong, Options{}); err == nil || errors.Is(err, storage.ErrAway) || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestTranslate(t *testing.T) {
	for code, want := range map[string]error{
		"53100": storage.ErrFull, "57P01": storage.ErrAway, "57P03": storage.ErrAway, "08006": storage.ErrAway, "22P02": storage.ErrInvalid,
	} {
		if err := translate(fmt.Errorf("deed: %w", &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code})); !errors.Is(err, want) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := translate(io.ErrUnexpectedEOF); !errors.Is(err, storage.ErrAway) || !because(err, lost) {
		t.Error(err)
	}
}

// What is not JSON is refused when it is committed, and harms nobody.
func TestNotJSON(t *testing.T) {
	s := open(t, fresh(t))
	for _, data := range []string{"{", "\xff", "{\"a\":\x00}", "1 2"} {
		err := s.Update(bg, func(tx storage.Tx) error { return tx.Put(&storage.Record{Kind: "card", ID: "a", Data: []byte(data)}) })
		if !errors.Is(err, storage.ErrInvalid) {
			t.Errorf("%q: %v", data, err)
		}
	}
	if err := add(s, "a"); err != nil {
		t.Error(err)
	}
}

// Nothing is left running by a store that is closed, or that could not be opened.
func TestLeaves(t *testing.T) {
	url := fresh(t)
	open(t, url).Close()
	before := runtime.NumGoroutine()
	for range 3 {
		s, err := Open(bg, url, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := add(s, "a"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.Close()
	}
	if n := counted(t, open(t, url), "a"); n != 24 {
		t.Error(n)
	}
	exec(t, url, fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'format'", format+1))
	if _, err := Open(bg, url, Options{}); !errors.Is(err, storage.ErrFormat) {
		t.Error(err)
	}
	exec(t, url, fmt.Sprintf("UPDATE about SET value = '%d' WHERE name = 'format'", format))
	for n := 0; runtime.NumGoroutine() > before+8; n++ { // the store that counted looked into is open
		if n == 300 {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines were %d: %s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		time.Sleep(10 * time.Millisecond)
	}
	s := open(t, url)
	var deeds int
	c, err := pgx.Connect(bg, url)
	if err == nil {
		err = c.QueryRow(bg, "SELECT count(*) FROM deeds").Scan(&deeds)
		c.Close(bg)
	}
	if err != nil || deeds != 0 {
		t.Errorf("%d deeds of closed stores are left, %v", deeds, err)
	}
	s.Close()
}

// Connections are killed all the time, at any moment of a deed: what is acknowledged is there, once, and nothing else.
func TestKilledConnections(t *testing.T) {
	at := fresh(t)
	s := open(t, at)
	const callers, rounds = 12, 40
	ctx, stop := context.WithCancel(bg)
	var killer, all sync.WaitGroup
	killed := 0
	killer.Go(func() {
		c, err := pgx.Connect(bg, at)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close(bg)
		for ctx.Err() == nil {
			tag, err := c.Exec(bg, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE pid <> pg_backend_pid() AND application_name = 'voronka' AND random() < 0.2`)
			if err != nil {
				t.Error(err)
			}
			killed += int(tag.RowsAffected())
			time.Sleep(15 * time.Millisecond)
		}
	})
	for i := range callers {
		all.Go(func() {
			for range rounds {
				for _, id := range []string{"hot", fmt.Sprint("own", i)} {
					if err := add(s, id); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	stop()
	killer.Wait()
	if n := counted(t, s, "hot"); n != callers*rounds {
		t.Errorf("hot: %d of %d", n, callers*rounds)
	}
	for i := range callers {
		if n := counted(t, s, fmt.Sprint("own", i)); n != rounds {
			t.Errorf("%d: %d of %d", i, n, rounds)
		}
	}
	t.Logf("%d connections were killed", killed)
}

// A server that crashes and comes back: deeds wait for it; and one that does not come back is told of.
func TestServerRestarted(t *testing.T) {
	server := storagetest.NewServer(t)
	at := storagetest.Schema(server.URL)
	s, err := Open(bg, at, Options{Wait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if err := add(s, "between"); err != nil {
			t.Fatal(err)
		}
		server.Stop()
		server.Start(t)
	}
	if n := counted(t, s, "between"); n != 2 {
		t.Error(n)
	}
	const callers = 8
	var all sync.WaitGroup
	var done atomic.Int64
	ctx, stop := context.WithCancel(bg)
	for i := range callers {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := add(s, fmt.Sprint("under", i%3)); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	for range 4 {
		time.Sleep(100 * time.Millisecond)
		server.Stop()
		server.Start(t)
	}
	stop()
	all.Wait()
	sum := 0
	for i := range 3 {
		sum += counted(t, s, fmt.Sprint("under", i))
	}
	if sum != int(done.Load()) {
		t.Errorf("%d deeds were acknowledged, %d are there", done.Load(), sum)
	}

	s.options.Wait = 200 * time.Millisecond
	server.Stop()
	if err := add(s, "away"); !errors.Is(err, storage.ErrAway) {
		t.Error(err)
	}
	if err := s.View(bg, func(r storage.Reader) error { _, err := r.Get(storage.Ref{Kind: "a", ID: "a"}); return err }); !errors.Is(err, storage.ErrAway) {
		t.Error(err)
	}
	within, cancel := context.WithTimeout(bg, 50*time.Millisecond)
	defer cancel()
	s.options.Wait = time.Minute
	if err := s.Update(within, func(tx storage.Tx) error { _, err := tx.Get(storage.Ref{Kind: "a", ID: "a"}); return err }); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	server.Start(t)
	if n := counted(t, s, "away"); n != 0 {
		t.Error(n)
	}
}

// wire stands between a store and its server and breaks when it is told to.
type wire struct {
	listener net.Listener
	to       string
	next     atomic.Pointer[func(message []byte, server net.Conn)] // what to do with the next message in place of passing it on
	words    atomic.Pointer[string]                                // nil, or what a message must have in it to be the next
}

// newWire gives the URL of a server at the end of a wire.
func newWire(t *testing.T, at string) (*wire, string) {
	config, err := pgx.ParseConfig(at)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(config.Host, "/") {
		t.Skip("the wire is for a server on this machine")
	}
	w := &wire{to: filepath.Join(config.Host, ".s.PGSQL.5432")}
	dir, err := os.MkdirTemp("", "wire-") // short, as the name of a socket has to be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if w.listener, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.listener.Close() })
	go func() {
		for {
			c, err := w.listener.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w, "postgres://postgres@/postgres?host=" + url.QueryEscape(dir) + "&search_path=" + config.RuntimeParams["search_path"]
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	var silent atomic.Bool
	go func() {
		defer client.Close()
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if !silent.Load() {
				client.Write(buf[:n])
			}
		}
	}()
	buf := make([]byte, 1<<20)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if words := w.words.Load(); words != nil && !bytes.Contains(buf[:n], []byte(*words)) {
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
			continue
		}
		if broken := w.next.Swap(nil); broken != nil {
			silent.Store(true)
			(*broken)(buf[:n], server)
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// The answer to a commit does not come. Whether it happened is found out, so that the deed is done once.
func TestUnansweredCommit(t *testing.T) {
	var all sync.WaitGroup
	defer all.Wait()
	for name, c := range map[string]struct {
		broken func(message []byte, server net.Conn)
		runs   int
	}{
		"cut before":     {func([]byte, net.Conn) {}, 2},
		"cut after":      {func(m []byte, s net.Conn) { s.Write(m); time.Sleep(100 * time.Millisecond) }, 1},
		"cut at once":    {func(m []byte, s net.Conn) { s.Write(m) }, 0},
		"half":           {func(m []byte, s net.Conn) { s.Write(m[:len(m)/2]) }, 2},
		"half, silent":   {func(m []byte, s net.Conn) { s.Write(m[:len(m)/2]); time.Sleep(5 * time.Second) }, 2},
		"silent before":  {func(m []byte, s net.Conn) { time.Sleep(5 * time.Second) }, 2},
		"silent after":   {func(m []byte, s net.Conn) { s.Write(m); time.Sleep(5 * time.Second) }, 1},
		"late":           {func(m []byte, s net.Conn) { time.Sleep(4 * time.Second); s.Write(m); time.Sleep(time.Second) }, 2},
		"all but commit": {func(m []byte, s net.Conn) { s.Write(m[:len(m)-40]); time.Sleep(5 * time.Second) }, 2},
	} {
		each := func(t *testing.T) {
			w, at := newWire(t, fresh(t))
			s, err := Open(bg, at, Options{Timeout: 500 * time.Millisecond, Wait: 8 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := add(s, "a"); err != nil {
				t.Fatal(err)
			}
			var heard heard
			s.Listen("a", heard.hear)
			runs := 0
			if err := s.Update(bg, func(tx storage.Tx) error {
				runs++
				found, err := tx.Get(storage.Ref{Kind: "counter", ID: "a"})
				if err != nil {
					return err
				}
				if runs == 1 {
					w.next.Store(&c.broken)
				}
				tx.Notify("a", "x")
				found[0].Data = append(found[0].Data, '0')
				return tx.Put(found[0], &storage.Record{Kind: "line", ID: fmt.Sprint(found[0].Version), Data: []byte("{}")})
			}); err != nil {
				t.Fatal(err)
			}
			if c.runs > 0 && runs != c.runs {
				t.Errorf("%d runs", runs)
			}
			heard.wait(t, "x")
			time.Sleep(10 * time.Millisecond)
			if err := s.View(bg, func(r storage.Reader) error {
				found, err := r.Get(storage.Ref{Kind: "counter", ID: "a"})
				if err == nil && (string(found[0].Data) != "10" || found[0].Version != 2) {
					t.Errorf("%s, version %d", found[0].Data, found[0].Version)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
			heard.wait(t, "x")
		}
		all.Go(func() { t.Run(name, each) }) // all wait at the same time
	}
}

// The answer to a commit that did not happen does not come, and neither does that to the question whether it did, however often: what was
// asked is not taken for what was done.
func TestUnansweredQuestion(t *testing.T) {
	w, at := newWire(t, fresh(t))
	s, err := Open(bg, at, Options{Timeout: 500 * time.Millisecond, Wait: 8 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, asked := 0, 0
	var question func(m []byte, s net.Conn)
	words := "9999-12-31"
	question = func(m []byte, s net.Conn) {
		if asked++; asked < 3 {
			w.next.Store(&question)
		}
		s.Write(m)
		time.Sleep(100 * time.Millisecond)
	}
	broken := func([]byte, net.Conn) {
		w.words.Store(&words)
		w.next.Store(&question)
	}
	if err := s.Update(bg, func(tx storage.Tx) error {
		if _, err := tx.Get(storage.Ref{Kind: "card", ID: "a"}); err != nil {
			return err
		}
		if runs++; runs == 1 {
			w.next.Store(&broken)
		}
		return tx.Put(&storage.Record{Kind: "card", ID: "a", Data: []byte("{}")})
	}); err != nil {
		t.Fatal(err)
	}
	if runs != 2 || asked != 3 {
		t.Errorf("%d runs, %d questions", runs, asked)
	}
	if err := s.View(bg, func(r storage.Reader) error {
		found, err := r.Get(storage.Ref{Kind: "card", ID: "a"})
		if err == nil && found[0] == nil {
			t.Error("it was acknowledged, and is not there")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// Where nobody can be asked, that is said.
func TestUnknownCommit(t *testing.T) {
	w, at := newWire(t, fresh(t))
	s, err := Open(bg, at, Options{Timeout: 200 * time.Millisecond, Wait: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken := func(m []byte, s net.Conn) { s.Write(m); w.listener.Close() }
	if err := s.Update(bg, func(tx storage.Tx) error {
		s.pool.Reset()
		if _, err := tx.Get(storage.Ref{Kind: "card", ID: "a"}); err != nil {
			return err
		}
		w.next.Store(&broken)
		return tx.Put(&storage.Record{Kind: "card", ID: "a", Data: []byte("{}")})
	}); !errors.Is(err, storage.ErrUnknown) || errors.Is(err, storage.ErrAway) {
		t.Error(err)
	}
}

// What reporting tools see.
func TestViews(t *testing.T) {
	at := fresh(t)
	s := open(t, at)
	if err := s.Update(bg, func(tx storage.Tx) error {
		return tx.Put(
			&storage.Record{Kind: "card", ID: "c1", Data: []byte(`{"funnel":"lead","definition":"lead:1","kind":"lead","title":"Анна","amount":150000,"currency":"RUB",
				"stands":[{"stage":"New","since":"2026-01-05T09:00:00Z","token":2},{"stage":"Call","since":"2026-01-05T09:00:00Z","due":"2026-01-06T09:00:00Z","token":3}],
				"created":"2026-01-05T09:00:00Z","updated":"2026-01-05T09:00:00Z"}`)},
			&storage.Record{Kind: "card", ID: "c2", Data: []byte(`{"funnel":"lead","created":"2026-01-05T09:00:00Z","updated":"2026-01-05T09:00:00Z"}`)},
			&storage.Record{Kind: "history", ID: "c1/00000001", Data: []byte(`[{"at":"2026-01-05T09:00:00Z","kind":"started"},{"at":"2026-01-05T09:00:00Z","kind":"entered","element":"New","token":2}]`)},
			&storage.Record{Kind: "history", ID: "c1/00000002", Data: []byte(`[{"at":"2026-01-05T09:01:00Z","kind":"completed","element":"New","token":2,"who":"ann","data":{"a":1}},
				{"at":"2026-01-05T09:01:00Z","kind":"entered","element":"Call","token":3}]`)},
			&storage.Record{Kind: "user", ID: "ann", Data: []byte(`{"id":"ann","name":"Анна","roles":["admin"],"language":"ru","active":true,"created":"2026-01-05T09:00:00Z","password":"hash"}`)},
			&storage.Record{Kind: "contact", ID: "p1", Data: []byte(`{"id":"p1","kind":"person","name":"Пётр","phones":["+79990000000"],"created":"2026-01-05T09:00:00Z","updated":"2026-01-05T09:00:00Z"}`)},
			&storage.Record{Kind: "definition", ID: "lead:1", Data: []byte(`{"process":"lead","name":"Лид","version":1,"file":"lead.bpmn","deployed":"2026-01-05T09:00:00Z"}`)},
		)
	}); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(bg, at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(bg)
	for sql, want := range map[string]string{
		"SELECT id, title, amount, stages, created FROM cards ORDER BY id":                                                   "c1 Анна 150000 New, Call 2026-01-05 09:00:00 +0000 UTC; c2 <nil> <nil> <nil> 2026-01-05 09:00:00 +0000 UTC",
		"SELECT card, stage, due IS NULL FROM stands ORDER BY stage":                                                         "c1 Call false; c1 New true",
		"SELECT instance, page, line, kind, who FROM history ORDER BY page, line":                                            "c1 1 1 started <nil>; c1 1 2 entered <nil>; c1 2 1 completed ann; c1 2 2 entered <nil>",
		"SELECT card, funnel, stage, extract(epoch FROM left_at - entered)::int, ended FROM stage_log ORDER BY entered":      "c1 lead New 60 completed; c1 lead Call <nil> <nil>",
		"SELECT id, name, active FROM users":                                                                                 "ann Анна true",
		"SELECT name, phones->>0 FROM contacts":                                                                              "Пётр +79990000000",
		"SELECT id, version, file FROM definitions":                                                                          "lead:1 1 lead.bpmn",
		"SELECT data->>'title' FROM records WHERE kind = 'card' AND id = 'c1'":                                               "Анна",
		"SELECT count(*) FROM information_schema.columns WHERE column_name = 'password' AND table_schema = current_schema()": "0",
	} {
		rows, err := c.Query(bg, sql, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		var lines []string
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				t.Error(err)
			}
			var words []string
			for _, v := range values {
				if at, is := v.(time.Time); is {
					v = at.UTC()
				}
				words = append(words, fmt.Sprint(v))
			}
			lines = append(lines, strings.Join(words, " "))
		}
		if got := strings.Join(lines, "; "); got != want || rows.Err() != nil {
			t.Errorf("%s:\n got %s %v\nwant %s", sql, got, rows.Err(), want)
		}
	}
	for _, view := range []string{"cards", "stands", "history", "stage_log", "users", "contacts", "definitions"} {
		if _, err := c.Exec(bg, "DELETE FROM "+view); err == nil {
			t.Errorf("%s can be written to", view)
		}
	}
	exec(t, at, "UPDATE about SET value = '0' WHERE name = 'views'") // of an older version: they are made anew
	open(t, at)
}
