package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

// relay is ring where a robot works beside stage b.
var relay = strings.NewReplacer(`"ring"`, `"relay"`, `<userTask id="b" name="B"/>`, `<userTask id="b" name="B"><extensionElements>
	<camunda:taskListener event="create" class="task"><camunda:field name="text" stringValue="Turn ${turns}"/></camunda:taskListener></extensionElements></userTask>`).Replace(ring)

// office is several servers over one database, with people who work at whichever answers.
type office struct {
	*testing.T
	place   string
	desks   [2]atomic.Pointer[served]
	session *http.Client // signed in at the first, once
}

const lease = 3 * time.Second

func newOffice(t *testing.T) *office {
	data := ringData(t)
	must(t, "correct horse", "user", "add", "boss", "--role", "admin", "--data", data)
	o := &office{T: t, place: storagetest.Postgres(t)}
	t.Cleanup(func() {
		if err := postgres.Drop(context.Background(), o.place); err != nil {
			t.Error(err)
		}
	})
	if out, err := said(t, "", "copy", "--from", data, "--to", o.place); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for n := range o.desks {
		o.start(n)
	}
	o.desk(0).signIn("ann")
	o.session = o.desk(0).http
	o.desk(1).http = o.session
	return o
}

// start starts a server at a desk. A session that was made at one is good at all: the cookie is of the host, whatever the port.
func (o *office) start(n int) {
	s := started(o.T, "--store", o.place, "--lease", lease.String())
	if o.session != nil {
		s.http = o.session
	}
	o.desks[n].Store(s)
}

func (o *office) desk(n int) *served { return o.desks[n%len(o.desks)].Load() }

// create makes a card at a desk.
func (o *office) create(n int, funnel string) string {
	o.Helper()
	var card struct{ ID string }
	if status := o.desk(n).call("POST", "/cards", map[string]any{"funnel": funnel, "fields": map[string]any{"turns": 0}}, &card); status != http.StatusCreated {
		o.Fatalf("create: %d", status)
	}
	return card.ID
}

// traveller moves a card on and on, at one desk and the other, and asks again where nobody answers.
type traveller struct {
	card  string
	turns int           // acknowledged
	worst time.Duration // that a move took
}

func (w *traveller) move(o *office, desk int) bool {
	w.turns++
	key, body := fmt.Sprint(w.card, "-", w.turns), map[string]any{"fields": map[string]any{"turns": w.turns}}
	began := time.Now()
	for try := 0; time.Since(began) < 30*time.Second; try++ {
		switch status := o.desk(desk+try).once(key, "POST", "/cards/"+w.card+"/advance", body, nil); status {
		case http.StatusOK:
			w.worst = max(w.worst, time.Since(began))
			return true
		case 0, http.StatusServiceUnavailable: // it is being stopped, or was killed
			time.Sleep(20 * time.Millisecond)
		default:
			o.Errorf("move %d of %s: %d", w.turns, w.card, status)
			return false
		}
	}
	o.Errorf("move %d of %s is never answered", w.turns, w.card)
	return false
}

// Two servers over one database are one server: what is done at the one is there at the other, heard there, and done once, whichever
// of them is killed, stopped or started anew.
func TestReplicas(t *testing.T) {
	o := newOffice(t)

	t.Run("a session is good everywhere", func(t *testing.T) {
		there := &served{t, nil, o.desk(1).url, o.desk(0).http}
		if status := there.call("GET", "/me", nil, nil); status != http.StatusOK {
			t.Errorf("the session of the first is at the other: %d", status)
		}
		boss := &served{t, nil, o.desk(1).url, &http.Client{Jar: jar()}}
		boss.signIn("boss")
		here := &served{t, nil, o.desk(0).url, boss.http}
		if status := boss.call("DELETE", "/session", nil, nil); status != http.StatusNoContent {
			t.Errorf("sign out: %d", status)
		}
		if status := here.call("GET", "/me", nil, nil); status != http.StatusUnauthorized {
			t.Errorf("a session that ended at the second is at the first: %d", status)
		}
	})

	t.Run("an upload is known everywhere", func(t *testing.T) {
		boss := &served{t, nil, o.desk(0).url, &http.Client{Jar: jar()}}
		boss.signIn("boss")
		var made struct{ Token string }
		if status := boss.call("POST", "/tokens", map[string]string{"name": "deploy"}, &made); status != http.StatusCreated {
			t.Fatalf("token: %d", status)
		}
		if out, err := said(t, "", "deploy", "--server", boss.url, "--token", made.Token, file(t, "relay.bpmn", relay)); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		id := o.create(1, "relay")
		if status := o.desk(0).call("GET", "/cards/"+id, nil, nil); status != http.StatusOK {
			t.Errorf("a card of the second is at the first: %d", status)
		}
	})

	t.Run("what happens at one is heard at the other", func(t *testing.T) {
		id := o.create(0, "ring")
		events := o.desk(1).listen(t)
		for n := range 5 {
			began := time.Now()
			if status := o.desk(0).call("POST", "/cards/"+id+"/advance", map[string]any{}, nil); status != http.StatusOK {
				t.Fatalf("advance: %d", status)
			}
			for heard := false; !heard; {
				select {
				case one := <-events:
					heard = one == `event: card {"id":"`+id+`"}`
				case <-time.After(5 * time.Second):
					t.Fatal("nothing is heard")
				}
			}
			if late := time.Since(began); late > time.Second {
				t.Errorf("move %d is heard after %s", n, late)
			}
		}
	})

	t.Run("each thing is done once", func(t *testing.T) { o.work(t) })
}

// work lets people move cards while servers die and are exchanged, and looks what came of it.
func (o *office) work(t *testing.T) {
	var people [8]traveller
	for n := range people {
		people[n].card = o.create(n, "relay")
	}
	resting := make([]string, 20)
	for n := range resting {
		resting[n] = o.create(n, "ring") // the reminder falls due in the turmoil
	}
	var moving sync.WaitGroup
	var moved atomic.Int64
	var over atomic.Bool
	for n := range people {
		moving.Go(func() {
			for desk := n; !over.Load() && people[n].move(o, desk); desk++ {
				moved.Add(1)
			}
		})
	}
	// some lets people work undisturbed for a while, however slow the machine is.
	some := func() {
		for until, began := moved.Load()+40, time.Now(); moved.Load() < until && time.Since(began) < 20*time.Second; {
			time.Sleep(5 * time.Millisecond)
		}
	}
	some()
	o.desk(0).kill()
	killed := time.Now()
	some()
	o.start(0)
	for n := range o.desks { // a rolling upgrade
		some()
		stopped(t, o.desk(n))
		some()
		o.start(n)
	}
	some()
	over.Store(true)
	moving.Wait()
	total, worst := 0, time.Duration(0)
	for _, p := range people {
		total, worst = total+p.turns, max(worst, p.worst)
	}
	t.Logf("%d moves, the slowest took %s", total, worst)

	store, err := openStore(context.Background(), o.place)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	e := newApp(store, engine.Options{}).engine
	for until := time.Now().Add(lease + 15*time.Second); undone(t, e) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d jobs and timers are not done %s after a server was killed, with a lease of %s", undone(t, e), time.Since(killed), lease)
		}
	}
	for _, p := range people {
		i, did := lived(t, e, p.card)
		if turns := string(i.Variables["turns"]); turns != fmt.Sprint(p.turns) {
			t.Errorf("%s has turned %s times, %d were acknowledged", p.card, turns, p.turns)
		}
		if n := did["completed a"] + did["completed b"]; n != p.turns {
			t.Errorf("%s has left its stages %d times, %d were acknowledged", p.card, n, p.turns)
		}
		if did["job_done b"] != did["entered b"] || did["entered b"] == 0 || did["failed b"] > 0 {
			t.Errorf("%s came to b %d times, and its robot has worked %d times and failed %d times", p.card, did["entered b"], did["job_done b"], did["failed b"])
		}
	}
	for _, id := range resting {
		if i, did := lived(t, e, id); did["completed reminder"] != 1 || string(i.Variables["reminded"]) != "1" {
			t.Errorf("%s was reminded %d times, and counted %s", id, did["completed reminder"], i.Variables["reminded"])
		}
	}
}

func jar() http.CookieJar {
	j, _ := cookiejar.New(nil)
	return j
}

// stopped ends a server as an upgrade does.
func stopped(t *testing.T, s *served) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("a server that was told to stop ends with %v", err)
	}
}

// undone counts the jobs that wait, and the timers that are due.
func undone(t *testing.T, e *engine.Engine) (n int) {
	t.Helper()
	if err := e.View(context.Background(), func(tx *engine.Tx) error {
		for _, r := range []storage.Range{{Index: "job", Keys: true}, {Index: "due", To: storage.Time(tx.Now()), Keys: true}} {
			for _, err := range tx.Scan(r) {
				if err != nil {
					return err
				}
				n++
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// lived gives an instance, and how often its history says each thing of each element.
func lived(t *testing.T, e *engine.Engine, id string) (i *engine.Instance, did map[string]int) {
	t.Helper()
	if err := e.View(context.Background(), func(tx *engine.Tx) (err error) {
		if i, err = tx.Instance(id); err != nil {
			return err
		}
		did = map[string]int{}
		lines, _, err := tx.History(id, 0, 0)
		for _, l := range lines {
			did[l.Kind+" "+l.Element]++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return i, did
}

// listen gives what a live stream tells, an event as "event: name data" each, from when it is ready.
func (s *served) listen(t *testing.T) <-chan string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&http.Client{Jar: s.http.Jar}).Do(r)
	if err != nil || got.StatusCode != http.StatusOK {
		t.Fatal(got, err)
	}
	t.Cleanup(func() { got.Body.Close() })
	events, ready := make(chan string, 1000), make(chan bool)
	go func() {
		name := ""
		for in := bufio.NewScanner(got.Body); in.Scan(); {
			if line := in.Text(); strings.HasPrefix(line, "event: ") {
				name = line
			} else if data, ok := strings.CutPrefix(line, "data: "); ok && name == "event: ready" {
				close(ready)
			} else if ok {
				events <- name + " " + data
			}
		}
	}()
	<-ready
	return events
}
