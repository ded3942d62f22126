package postgres

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/storage"
)

// network is what stands between stores and their server, and is broken at random.
type network struct {
	listener net.Listener
	server   string // a socket
	mu       sync.Mutex
	lines    map[*cable]bool
	down     atomic.Bool // nobody gets through to the server
	broken   map[string]int
}

// cable is one connection through it.
type cable struct {
	client, server net.Conn
	stall          [2]atomic.Bool // client to server, and back
}

func newNetwork(t *testing.T, url string) (*network, string) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(config.Host, "/") {
		t.Skip("the network is for a server on this machine")
	}
	n := &network{server: filepath.Join(config.Host, ".s.PGSQL.5432"), lines: map[*cable]bool{}, broken: map[string]int{}}
	if n.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := n.listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { n.carry(client) })
		}
	})
	t.Cleanup(func() {
		n.listener.Close()
		n.cut()
		all.Wait()
	})
	return n, fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable&search_path=%s", n.listener.Addr(), config.RuntimeParams["search_path"])
}

func (n *network) carry(client net.Conn) {
	defer client.Close()
	if n.down.Load() {
		return
	}
	server, err := net.Dial("unix", n.server)
	if err != nil {
		return
	}
	defer server.Close()
	c := &cable{client: client, server: server}
	n.mu.Lock()
	n.lines[c] = true
	n.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { c.pass(server, client, &c.stall[0]) })
	both.Go(func() { c.pass(client, server, &c.stall[1]) })
	both.Wait()
	n.mu.Lock()
	delete(n.lines, c)
	n.mu.Unlock()
}

// pass carries what comes from one end to the other, in pieces of any size, as a network does.
func (c *cable) pass(to, from net.Conn, stall *atomic.Bool) {
	defer to.(interface{ CloseWrite() error }).CloseWrite()
	buf := make([]byte, 1<<16)
	for {
		k, err := from.Read(buf[:1+rand.IntN(len(buf))])
		if err != nil {
			return
		}
		for stall.Load() {
			time.Sleep(time.Millisecond)
		}
		if _, err := to.Write(buf[:k]); err != nil {
			return
		}
	}
}

// cut ends all connections.
func (n *network) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.lines {
		c.reset()
	}
}

func (c *cable) reset() {
	c.stall[0].Store(false)
	c.stall[1].Store(false)
	c.client.(*net.TCPConn).SetLinger(0)
	c.client.Close()
	c.server.Close()
}

// accident breaks something. What is stalled goes on after a while, sooner or later than a store has patience for.
func (n *network) accident(r *rand.Rand) {
	n.mu.Lock()
	defer n.mu.Unlock()
	how := []string{"stalled", "silent", "silenced", "reset", "half closed", "away"}[r.IntN(6)]
	n.broken[how]++
	if how == "away" {
		n.down.Store(true)
		time.AfterFunc(time.Duration(r.IntN(300))*time.Millisecond, func() { n.down.Store(false) })
	}
	for c := range n.lines {
		if r.IntN(4) > 0 {
			continue
		}
		wait := time.Duration(r.IntN(600)) * time.Millisecond
		later := func(ends ...int) {
			for _, end := range ends {
				c.stall[end].Store(true)
				time.AfterFunc(wait, func() { c.stall[end].Store(false) })
			}
		}
		switch how {
		case "stalled":
			later(0, 1)
		case "silent":
			later(1)
		case "silenced":
			later(0)
		case "half closed":
			c.client.(*net.TCPConn).CloseWrite()
		default:
			c.reset()
		}
	}
}

// Whatever a network does at whatever moment, a deed that is acknowledged is done once; one whose fate is not known once at most; and
// one that is refused not at all. Two replicas work, each on records of its own, and both on one. VORONKA_CUT says for how long.
func TestNetworkCut(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("VORONKA_CUT"))
	if err != nil {
		span = 4 * time.Second
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	at := fresh(t)
	open(t, at).Close()
	n, through := newNetwork(t, at)
	const callers = 8
	type fate struct {
		id  string
		err error
	}
	var fates [2 * callers][]fate
	var all sync.WaitGroup
	var began time.Time
	ready := make(chan bool)
	for replica, patience := range []time.Duration{time.Second, 20 * time.Millisecond} {
		s, err := Open(bg, through, Options{Timeout: 250 * time.Millisecond, Wait: patience})
		for try := 0; err != nil && try < 20; try++ { // the machine may be slow
			s, err = Open(bg, through, Options{Timeout: 250 * time.Millisecond, Wait: patience})
		}
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i := range callers {
			caller := replica*callers + i
			all.Go(func() {
				<-ready
				for n := 0; time.Since(began) < span; n++ {
					id := fmt.Sprintf("%02d-%06d", caller, n)
					err := s.Update(bg, func(tx storage.Tx) error {
						for _, id := range []string{"all", fmt.Sprint(caller)} {
							if id == "all" && n%4 > 0 {
								continue
							}
							if err := countUp(tx, id); err != nil {
								return err
							}
						}
						return tx.Put(&storage.Record{Kind: "did", ID: id, Index: []storage.Entry{{Index: "did", Key: id}}})
					})
					fates[caller] = append(fates[caller], fate{id, err})
				}
			})
		}
	}
	began = time.Now()
	close(ready)
	r := rand.New(rand.NewPCG(seed, 1))
	for time.Since(began) < span {
		time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
		n.accident(r)
	}
	all.Wait()
	n.listener.Close()
	n.cut()
	settled(t, at)

	done := map[string]bool{}
	sums := map[string]int{}
	if err := open(t, at).View(bg, func(r storage.Reader) error {
		for _, over := range []storage.Range{{Kind: "did"}, {Index: "did"}} {
			found := 0
			for h, err := range r.Scan(over) {
				if err != nil {
					return err
				}
				done[h.Ref.ID] = true
				found++
			}
			if found != len(done) {
				t.Errorf("%d records and %d entries", len(done), found)
			}
		}
		for h, err := range r.Scan(storage.Range{Kind: "sum"}) {
			if err != nil {
				return err
			}
			sums[h.Ref.ID], _ = strconv.Atoi(string(h.Record.Data))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	acknowledged, unknown, refused := 0, 0, 0
	for caller := range fates {
		own := 0
		for _, f := range fates[caller] {
			if done[f.id] {
				own++
			}
			switch {
			case f.err == nil:
				if acknowledged++; !done[f.id] {
					t.Errorf("%s was acknowledged, and is not there", f.id)
				}
			case errors.Is(f.err, storage.ErrUnknown):
				unknown++
			default:
				if refused++; done[f.id] {
					t.Errorf("%s was refused with %v, and is there", f.id, f.err)
				}
				if !errors.Is(f.err, storage.ErrAway) && !errors.Is(f.err, storage.ErrBusy) {
					t.Errorf("%s: %v", f.id, f.err)
				}
			}
		}
		if got := sums[fmt.Sprint(caller)]; got != own {
			t.Errorf("caller %d counts %d deeds, and %d are there", caller, got, own)
		}
	}
	together := 0
	for id := range done {
		if n, _ := strconv.Atoi(id[3:]); n%4 == 0 {
			together++
		}
	}
	if sums["all"] != together {
		t.Errorf("together they count %d deeds, and %d are there", sums["all"], together)
	}
	t.Logf("%d acknowledged, %d unknown, %d refused; accidents: %v", acknowledged, unknown, refused, n.broken)
	if acknowledged == 0 || len(n.broken) < 3 {
		t.Error("the test proves nothing")
	}
}

func countUp(tx storage.Tx, id string) error {
	found, err := tx.Get(storage.Ref{Kind: "sum", ID: id})
	if err != nil {
		return err
	}
	r := found[0]
	if r == nil {
		r = &storage.Record{Kind: "sum", ID: id, Data: []byte("0")}
	}
	n, err := strconv.Atoi(string(r.Data))
	if err != nil {
		return err
	}
	r.Data = []byte(strconv.Itoa(n + 1))
	return tx.Put(r)
}

// settled waits until the server has noticed that all connections to a store are gone.
func settled(t *testing.T, url string) {
	t.Helper()
	c, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(bg)
	began := time.Now()
	for left := 1; left > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%d connections are still there", left)
		}
		if err := c.QueryRow(bg, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'voronka' AND pid <> pg_backend_pid()").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}
