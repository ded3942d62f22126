package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/storagetest"
)

// pair is two replicas, of which each call goes to the one or the other. Of listeners the contract promises more than two can keep.
type pair struct {
	storage.Store
	other storage.Store
	calls atomic.Uint64
	alone atomic.Bool
}

func (p *pair) next() storage.Store {
	if p.alone.Load() || p.calls.Add(1)%2 == 0 {
		return p.Store
	}
	return p.other
}

func (p *pair) View(ctx context.Context, fn func(storage.Reader) error) error {
	return p.next().View(ctx, fn)
}

func (p *pair) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return p.next().Update(ctx, fn)
}

func (p *pair) Listen(topic string, fn func(string)) func() {
	p.alone.Store(true)
	return p.Store.Listen(topic, fn)
}

func (p *pair) Close() error {
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { errs[0] = p.Store.Close() })
	both.Go(func() { errs[1] = p.other.Close() })
	both.Wait()
	return errors.Join(errs[:]...)
}

// Two replicas are one store.
func TestReplicas(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		url := fresh(t)
		return &pair{Store: open(t, url), other: open(t, url)}
	})
}

// Many open a place that nobody opened before.
func TestOpenTogether(t *testing.T) {
	url := fresh(t)
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			s, err := Open(bg, url, Options{Conns: 1})
			if err != nil {
				t.Error(err)
				return
			}
			if err := add(s, "opened"); err != nil {
				t.Error(err)
			}
			s.Close()
		})
	}
	all.Wait()
	if n := counted(t, open(t, url), "opened"); n != 12 {
		t.Errorf("%d deeds of 12", n)
	}
}

// add counts a record up.
func add(s storage.Store, id string) error {
	return s.Update(bg, func(tx storage.Tx) error {
		found, err := tx.Get(storage.Ref{Kind: "counter", ID: id})
		if err != nil {
			return err
		}
		r, n := found[0], 0
		if r == nil {
			r = &storage.Record{Kind: "counter", ID: id}
		} else {
			n, _ = strconv.Atoi(string(r.Data))
		}
		r.Data = []byte(strconv.Itoa(n + 1))
		return tx.Put(r, &storage.Record{Kind: "line", ID: fmt.Sprintf("%s/%06d", id, n+1), Data: []byte("{}")})
	})
}

// counted is what add counted, of which there must be as many lines.
func counted(t *testing.T, s storage.Store, id string) (n int) {
	t.Helper()
	lines := 0
	if err := s.View(bg, func(r storage.Reader) error {
		found, err := r.Get(storage.Ref{Kind: "counter", ID: id})
		if err != nil {
			return err
		}
		if found[0] != nil {
			n, _ = strconv.Atoi(string(found[0].Data))
		}
		for _, err := range r.Scan(storage.Range{Kind: "line", From: id + "/", To: id + "0", Keys: true}) {
			if err != nil {
				return err
			}
			lines++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != lines {
		t.Errorf("%s counts %d, and has %d lines", id, n, lines)
	}
	return n
}

type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) hear(payload string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, payload)
}

func (h *heard) wait(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for range 500 {
		h.mu.Lock()
		got = slices.Clone(h.all)
		h.mu.Unlock()
		if len(got) >= len(want) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// What one says the other hears, once; what it says itself it hears once; and others over the same database hear nothing.
func TestReplicasHearEachOther(t *testing.T) {
	url := fresh(t)
	a, b, foreign := open(t, url), open(t, url), open(t, fresh(t))
	var atA, atB, elsewhere heard
	a.Listen("card", atA.hear)
	b.Listen("card", atB.hear)
	foreign.Listen("card", elsewhere.hear)
	say := func(s *Store, payload string) {
		if err := s.Update(bg, func(tx storage.Tx) error { tx.Notify("card", payload); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	long := string(make([]byte, 9000)) // too long for a message to others, who hear that they missed something
	say(a, "1")
	say(b, "2")
	say(a, long)
	say(a, "день\x00\n\"3\"")
	atA.wait(t, "1", "2", long, "день\x00\n\"3\"")
	atB.wait(t, "1", "2", "", "день\x00\n\"3\"")

	// A thousand in one deed are many messages; what is said twice meanwhile is passed on once.
	atA.all, atB.all = nil, nil
	var want []string
	if err := a.Update(bg, func(tx storage.Tx) error {
		want = nil
		for i := range 1000 {
			want = append(want, fmt.Sprint("number ", i))
			tx.Notify("card", want[i])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	atA.wait(t, want...)
	atB.wait(t, want...)

	// The connection to listen on is made again when it breaks, and that something may have been missed is told.
	atB.all = nil
	exec(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%"+schema(t, url)+"%'")
	atB.wait(t, "")
	say(a, "again")
	atB.wait(t, "", "again")

	// Of a replica that fell silent without a goodbye it is told once.
	exec(t, url, "INSERT INTO replicas (replica, name, at) VALUES (7, 'dead', now() - interval '1 minute')")
	for range 2 {
		if err := b.beat(); err != nil {
			t.Error(err)
		}
	}
	atB.wait(t, "", "", "again")
	elsewhere.wait(t)
}

// What entries leave behind is removed: by whoever left them, when a store is closed too, and by others where that one died.
func TestClearsUp(t *testing.T) {
	url := fresh(t)
	a := open(t, url)
	move := func(to int) {
		for i := range 10 {
			if err := a.Update(bg, func(tx storage.Tx) error {
				found, err := tx.Get(storage.Ref{Kind: "card", ID: fmt.Sprint(i)})
				r := found[0]
				if r == nil {
					r = &storage.Record{Kind: "card", ID: fmt.Sprint(i)}
				}
				r.Index = []storage.Entry{{Index: "stands", Key: fmt.Sprint(to)}}
				return errors.Join(err, tx.Put(r))
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	left := func(want string) {
		t.Helper()
		if got := counts(t, url, "SELECT count(*) || ' entries, ' || count(CASE WHEN gone THEN 1 END) || ' gone, ' || (SELECT count(*) FROM deeds) || ' deeds' FROM entries"); got != want {
			t.Errorf("%s are left, not %s", got, want)
		}
	}
	for to := range 3 {
		move(to)
	}
	move(0) // one that was gone comes back
	if err := errors.Join(a.clear(), a.beat()); err != nil {
		t.Error(err)
	}
	left("10 entries, 0 gone, 0 deeds")
	move(4)
	a.Close()
	left("10 entries, 0 gone, 0 deeds")
	exec(t, url, `INSERT INTO replicas (replica, name, at) VALUES (7, 'dead', now() - interval '1 hour'), (8, 'silent', now() - interval '5 minutes');
		INSERT INTO entries (name, key, kind, id, gone) VALUES ('stands', 'x', 'card', 'x', true);
		INSERT INTO deeds (replica, number) VALUES (7, 1)`)
	b := open(t, url)
	left("11 entries, 1 gone, 1 deeds")
	b.funerals(bg)
	b.Close()
	left("10 entries, 0 gone, 0 deeds")
	if got := counts(t, url, "SELECT string_agg(name, ' ') FROM replicas"); got != "silent" {
		t.Errorf("%s are remembered", got)
	}
}

// counts asks the database for one text.
func counts(t *testing.T, url, sql string) (got string) {
	t.Helper()
	c, err := pgx.Connect(bg, url)
	if err == nil {
		err = c.QueryRow(bg, sql).Scan(&got)
		c.Close(bg)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOthers(t *testing.T) {
	url := fresh(t)
	a, b := open(t, url), open(t, url)
	exec(t, url, "INSERT INTO replicas (replica, name, at) VALUES (7, 'dead', now() - interval '1 minute')")
	for _, want := range []string{process(), ""} {
		if others, err := a.Others(bg); err != nil || strings.Join(others, " ") != want {
			t.Errorf("%q, not %q: %v", others, want, err)
		}
		b.Close()
	}
}

// Replicas look for what is due in a View, in random order, and claim it by its version: each thing is claimed once.
func TestReplicasClaimOnce(t *testing.T) {
	url := fresh(t)
	const things, workers = 200, 6
	s := open(t, url)
	if err := s.Update(bg, func(tx storage.Tx) error {
		for i := range things {
			id := fmt.Sprintf("%04d", i)
			if err := tx.Put(&storage.Record{Kind: "job", ID: id, Data: []byte("{}"), Index: []storage.Entry{{Index: "due", Key: id}}}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	claims, missed := map[string]int{}, 0
	var all sync.WaitGroup
	for _, s := range []*Store{s, open(t, url)} {
		for range workers {
			all.Go(func() {
				for {
					var due []storage.Ref
					if err := s.View(bg, func(r storage.Reader) error {
						for h, err := range r.Scan(storage.Range{Index: "due", Limit: 20, Keys: true}) {
							if err != nil {
								return err
							}
							due = append(due, h.Ref)
						}
						return nil
					}); err != nil {
						t.Error(err)
						return
					}
					if len(due) == 0 {
						return
					}
					ref, mine := due[rand.IntN(len(due))], false
					if err := s.Update(bg, func(tx storage.Tx) error {
						found, err := tx.Get(ref)
						if err != nil {
							return err
						}
						if mine = len(found[0].Index) > 0; mine {
							found[0].Index = nil
							return tx.Put(found[0])
						}
						return nil
					}); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if mine {
						claims[ref.ID]++
					} else {
						missed++
					}
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	for id, n := range claims {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	if len(claims) != things {
		t.Errorf("%d things of %d were claimed", len(claims), things)
	}
	t.Logf("%d times somebody else was faster", missed)
}

// One record that everybody on both replicas wants.
func TestReplicasCount(t *testing.T) {
	url := fresh(t)
	replicas := []*Store{open(t, url), open(t, url)}
	const callers, rounds = 32, 10
	var all sync.WaitGroup
	for i := range 2 * callers {
		all.Go(func() {
			for range rounds {
				if err := add(replicas[i%2], "hot"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := counted(t, replicas[0], "hot"); n != 2*callers*rounds {
		t.Errorf("%d of %d", n, 2*callers*rounds)
	}
}
