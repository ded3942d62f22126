package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
	"github.com/voronka/voronka/storage/postgres"
	"github.com/voronka/voronka/storage/storagetest"
)

// The thousand kills: a server in a process of its own is killed at a random moment while people move cards, make them, write fields and
// keep files, and while timers fire and robots run. After each kill everything that it had acknowledged must be there, once; what it had
// not, once or not at all, and never half; and all that voronka check looks at must be sound.
//
//	VORONKA_TEST_KILLS=1000   how often; a few times otherwise
//	VORONKA_TEST_SEED=7       of the random moments; it is printed

// mill is a ring with fields to write and a file to keep; alarm waits for a timer and then for a robot.
var mill = strings.NewReplacer(`"ring"`, `"mill"`, `<camunda:formField id="reminded" label="Reminded" type="long"/>`,
	`<camunda:formField id="note" label="Note" type="long"/><camunda:formField id="serial" label="Serial" type="string"/><camunda:formField id="scan" label="Scan" type="file"/>`,
	`<boundaryEvent id="reminder" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeDuration>PT2S</timeDuration></timerEventDefinition></boundaryEvent>`, "",
	`<scriptTask id="count" camunda:resultVariable="reminded"><script>(reminded ?? 0) + 1</script></scriptTask>`, "",
	`<sequenceFlow id="reminder_count" sourceRef="reminder" targetRef="count"/>`, "").Replace(ring)

const alarm = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
  <process id="alarm" name="Alarm" isExecutable="true">
    <extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.currency" value="RUB"/>
    </camunda:properties></extensionElements>
    <laneSet><lane id="sales"><flowNodeRef>rest</flowNodeRef></lane></laneSet>
    <startEvent id="begin"><extensionElements><camunda:formData>
      <camunda:formField id="fired" label="Fired" type="long"/><camunda:formField id="serial" label="Serial" type="string"/>
    </camunda:formData></extensionElements></startEvent>
    <intermediateCatchEvent id="ring" name="Ring"><timerEventDefinition><timeDuration>PT0.2S</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <scriptTask id="count" camunda:resultVariable="fired"><script>(fired ?? 0) + 1</script></scriptTask>
    <serviceTask id="send" name="Send" camunda:type="external" camunda:topic="sms"><extensionElements><camunda:inputOutput>
      <camunda:inputParameter name="to">+79001234567</camunda:inputParameter></camunda:inputOutput></extensionElements></serviceTask>
    <userTask id="rest" name="Rest"/>
    <sequenceFlow id="begin_ring" sourceRef="begin" targetRef="ring"/>
    <sequenceFlow id="ring_count" sourceRef="ring" targetRef="count"/>
    <sequenceFlow id="count_send" sourceRef="count" targetRef="send"/>
    <sequenceFlow id="send_rest" sourceRef="send" targetRef="rest"/>
  </process>
</definitions>`

// place is where a store is: a new one for each generation, so that looking at all of it stays quick.
type place interface {
	fresh(t *testing.T)
	args() []string // of serve
	// look opens the store once nobody works in it any more.
	look(t *testing.T) storage.Store
	// strike is another blow than killing the server, which goes on; false: there is none.
	strike(t *testing.T, random *rand.Rand) bool
}

type folder struct{ dir string }

func (f *folder) fresh(t *testing.T) { f.dir = filepath.Join(t.TempDir(), "data") }
func (f *folder) args() []string     { return []string{"--data", f.dir} }

func (f *folder) look(t *testing.T) storage.Store {
	t.Helper()
	file := filepath.Join(f.dir, databaseName)
	if err := bolt.Check(file, func(f storage.Flaw) { t.Error(f) }); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *folder) strike(*testing.T, *rand.Rand) bool { return false }

// database is a place in a PostgreSQL server of the test's own, which may be struck too.
type database struct {
	server *storagetest.Server
	url    string
}

func (d *database) fresh(t *testing.T) {
	t.Helper()
	if d.url != "" {
		if err := postgres.Drop(context.Background(), d.url); err != nil {
			t.Fatal(err)
		}
	}
	d.url = storagetest.Schema(d.server.URL)
}

func (d *database) args() []string { return []string{"--store", d.url} }

// look waits until the database has noticed that the server is dead: a commit that it was sent may still be under way.
func (d *database) look(t *testing.T) storage.Store {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, d.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for busy, until := 1, time.Now().Add(20*time.Second); busy > 0; {
		if err := c.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'voronka'").Scan(&busy); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(until) {
			t.Fatal("a dead server's connections stay")
		}
		time.Sleep(2 * time.Millisecond)
	}
	s, err := postgres.Open(ctx, d.url, postgres.Options{Conns: 4})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// strike stops the database at once, or kills its first process, and starts it again.
func (d *database) strike(t *testing.T, random *rand.Rand) bool {
	t.Helper()
	at, err := url.Parse(d.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if random.IntN(2) == 0 {
		said, err := os.ReadFile(filepath.Join(at.Query().Get("host"), "data", "postmaster.pid"))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.Fields(string(said))[0])
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.server.Stop()
	for until := time.Now().Add(30 * time.Second); d.lives(at.Query().Get("host")) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond) // until the others have noticed: nobody may start in their place before
	}
	time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
	d.server.Start(t)
	return true
}

// lives tells whether processes of a database's folder are left.
func (d *database) lives(dir string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/cwd")
	return slices.ContainsFunc(all, func(cwd string) bool {
		at, err := os.Readlink(cwd)
		return err == nil && at == filepath.Join(dir, "data")
	})
}

func TestKills(t *testing.T) {
	t.Run("bolt", func(t *testing.T) { kills(t, &folder{}) })
	t.Run("postgres", func(t *testing.T) { kills(t, &database{server: storagetest.NewServer(t)}) })
}

// generation is how many kills a store lives through.
const generation = 40

// drawn gives the random numbers of a test, and says by which seed to draw them again.
func drawn(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("VORONKA_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("VORONKA_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// times is what an environment variable says, or else a few.
func times(t *testing.T, name string, few int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func kills(t *testing.T, at place) {
	few := 8
	if testing.Short() {
		few = 3
	}
	total := times(t, "VORONKA_TEST_KILLS", few)
	k := &killing{T: t, place: at, random: drawn(t)}
	began := time.Now()
	for n := 0; n < total && !t.Failed(); n++ {
		if n%generation == 0 {
			k.born()
		}
		k.round(n)
		if (n+1)%generation == 0 || n == total-1 {
			k.settle()
		}
		if total > 100 && (n+1)%100 == 0 {
			t.Logf("%d kills, %s", n+1, time.Since(began).Round(time.Second))
		}
	}
	t.Logf("%d kills and %d other blows in %s; %d deeds acknowledged, %d not; %d of these had been done; %d alarms, %d lost to three kills",
		total, k.blows, time.Since(began).Round(time.Second), k.acknowledged.Load(), k.doubted, k.done, k.alarms, k.lost)
	if k.acknowledged.Load() < int64(total) {
		t.Errorf("%d deeds under %d kills: the test proves nothing", k.acknowledged.Load(), total)
	}
}

// killing is the test over one kind of store.
type killing struct {
	*testing.T
	place
	random  *rand.Rand
	token   access.Token
	workers []worker
	at      string // the server's address
	client  *http.Client
	serial  atomic.Int64

	acknowledged                       atomic.Int64
	blows, doubted, done, alarms, lost int
}

// worker does one thing after the other, as long as it is answered, and remembers what it was told.
type worker interface {
	// work does one deed; false: it was not answered, or the answer was that nobody knows.
	work(k *killing) bool
	// verify compares what there is with what was acknowledged, and takes what there is for its own from then on.
	verify(k *killing, s *sight)
}

// born begins a new store with its people and diagrams.
func (k *killing) born() {
	k.Helper()
	k.fresh(k.T)
	store, err := openStore(k.Context(), k.args()[1])
	if err != nil {
		k.Fatal(err)
	}
	defer store.Close()
	a, err := openApp(k.Context(), store, engine.Options{})
	if err != nil {
		k.Fatal(err)
	}
	k.token = access.NewToken()
	k.workers = nil
	if err := a.engine.Update(k.Context(), func(tx *engine.Tx) error {
		u, err := access.Create(tx, access.System("test"), access.User{ID: "ann", Name: "Ann", Roles: []string{"sales", "admin"}}, "")
		if err != nil {
			return err
		}
		if _, err := access.NewAPIToken(tx, u.Actor(), "test", k.token); err != nil {
			return err
		}
		_, problems, err := funnel.Upload(tx, access.System("test"), []funnel.File{{Name: "mill.bpmn", Data: []byte(mill)}, {Name: "alarm.bpmn", Data: []byte(alarm)}})
		if err == nil && bpmn.Severe(problems) {
			err = fmt.Errorf("%v", problems)
		}
		return err
	}); err != nil {
		k.Fatal(err)
	}
	for range 3 {
		k.workers = append(k.workers, &mover{})
	}
	k.workers = append(k.workers, &writer{}, &filer{}, &maker{funnel: "mill"}, &maker{funnel: "alarm"})
}

// start starts a server. It is up when it has said where.
func (k *killing) start() (*exec.Cmd, *bytes.Buffer) {
	k.Helper()
	cmd := child(k.T, "", append([]string{"serve", "--listen", "127.0.0.1:0", "--log", "error", "--lease", "2s"}, k.args()...)...)
	said := &bytes.Buffer{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if k.random.IntN(12) == 0 { // killed before it is up
		k.blows++
		time.Sleep(time.Duration(k.random.IntN(60)) * time.Millisecond)
		k.kill(cmd, said)
		return k.start()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, at, ok := strings.Cut(strings.TrimSpace(line), " on ")
	if err != nil || !ok {
		k.Fatalf("the server says %q and %v\n%s", line, err, said)
	}
	k.at = at
	k.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: 20 * time.Second}
	return cmd, said
}

func (k *killing) kill(cmd *exec.Cmd, said *bytes.Buffer) {
	k.Helper()
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, bad := range []string{"panic", "DATA RACE", "fatal error"} {
		if strings.Contains(said.String(), bad) {
			k.Errorf("the server said:\n%s", said)
		}
	}
}

// round lets everybody work for a random while, kills the server and looks.
func (k *killing) round(n int) {
	k.Helper()
	cmd, said := k.start()
	before := k.acknowledged.Load()
	var dead atomic.Bool
	var working sync.WaitGroup
	for _, w := range k.workers {
		working.Go(func() {
			for !dead.Load() && w.work(k) {
				k.acknowledged.Add(1)
			}
		})
	}
	for until := time.Now().Add(20 * time.Second); k.acknowledged.Load() == before && time.Now().Before(until); {
		time.Sleep(time.Millisecond) // however busy the machine is, something is done before the kill
	}
	time.Sleep(time.Duration(k.random.IntN(120)) * time.Millisecond)
	if n%20 == 10 && k.strike(k.T, k.random) {
		k.blows++
		dead.Store(true)
		working.Wait()
		for _, w := range k.workers { // the server is the same one, and works again
			k.patiently(func() bool { return w.work(k) })
		}
	}
	dead.Store(true)
	k.kill(cmd, said)
	working.Wait()
	k.client.CloseIdleConnections()
	k.verify(fmt.Sprintf("round %d", n))
}

// patiently does something until it succeeds.
func (k *killing) patiently(do func() bool) {
	k.Helper()
	for until := time.Now().Add(30 * time.Second); !do(); {
		if time.Now().After(until) {
			k.Fatal("the server does not recover")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// verify looks at everything that the dead server left.
func (k *killing) verify(when string) {
	k.Helper()
	store := k.look(k.T)
	defer store.Close()
	var out bytes.Buffer
	c := &checking{out: &out, say: silent}
	if err := c.check(k.Context(), store); err != nil {
		k.Fatalf("%s: check: %v", when, err)
	}
	if err := c.end(); err != nil {
		k.Errorf("%s: check: %s", when, out.String())
	}
	a := newApp(store, engine.Options{})
	if err := a.engine.View(k.Context(), func(tx *engine.Tx) error {
		s := &sight{killing: k, app: a, tx: tx, when: when}
		s.all()
		for _, w := range k.workers {
			w.verify(k, s)
		}
		return nil
	}); err != nil {
		k.Fatal(err)
	}
}

// settle lets what is under way come to its end, and then looks what became of timers and robots.
func (k *killing) settle() {
	k.Helper()
	cmd, said := k.start()
	for _, w := range k.workers {
		k.patiently(func() bool { return w.work(k) })
	}
	var alarms *maker
	for _, w := range k.workers {
		if m, is := w.(*maker); is && m.funnel == "alarm" {
			alarms = m
		}
	}
	for _, id := range alarms.made {
		k.patiently(func() bool {
			var card struct {
				Stages    []struct{ Stage, Held string }
				Incidents []struct{ Code string }
			}
			if k.ask("GET", "/cards/"+id, "", nil, &card) != http.StatusOK {
				return false
			}
			return len(card.Stages) == 1 && card.Stages[0].Held == "" || len(card.Incidents) > 0
		})
	}
	k.kill(cmd, said)
	k.verify("at the end")
	store := k.look(k.T)
	defer store.Close()
	a := newApp(store, engine.Options{})
	if err := a.engine.View(k.Context(), func(tx *engine.Tx) error {
		s := &sight{killing: k, app: a, tx: tx, when: "at the end"}
		for _, id := range alarms.made {
			s.alarm(id)
		}
		return nil
	}); err != nil {
		k.Fatal(err)
	}
}

// alarm checks that a timer fired once, and that its robot ran once, as far as its card was told.
func (s *sight) alarm(id string) {
	s.Helper()
	s.alarms++
	i, err := s.tx.Instance(id)
	if err != nil {
		s.Errorf("alarm %s: %v", id, err)
		return
	}
	fired, told := s.count(id, engine.LineCompleted, "ring"), s.count(id, card.LineRobot, "send")
	if fired != 1 || string(i.Variable("fired")) != "1" {
		s.Errorf("alarm %s rang %d times, and counts %s", id, fired, i.Variable("fired"))
	}
	if len(i.Incidents) == 1 && i.Incidents[0].Code == "worker_lost" && told == 0 {
		s.lost++ // three servers died over it: that is an incident, and said so
		return
	}
	if told != 1 || s.count(id, engine.LineJobDone, "send") != 1 || len(i.Incidents) > 0 || len(i.Jobs) > 0 {
		s.Errorf("alarm %s: its robot ran %d times; incidents %v, jobs %v", id, told, i.Incidents, i.Jobs)
	}
}

// ask makes a request that is answered well or not at all: 0, or 503, says that nobody knows.
func (k *killing) ask(method, path, key string, body, answer any) int {
	status, raw := k.send(method, path, key, body)
	if status/100 != 2 && status != 0 && status != http.StatusServiceUnavailable {
		k.Errorf("%s %s: %d %s", method, path, status, raw)
	}
	if answer != nil && status/100 == 2 {
		if err := json.Unmarshal(raw, answer); err != nil {
			k.Errorf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return status
}

// tell makes a request that may be answered by anything.
func (k *killing) tell(method, path string, body any) (status int, text string) {
	status, raw := k.send(method, path, "", body)
	return status, string(raw)
}

// send makes a request; 0: there was no answer.
func (k *killing) send(method, path, key string, body any) (status int, raw []byte) {
	media := "application/json"
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case *upload:
		media, sent = b.encode()
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			k.Error(err)
		}
		sent = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, k.at+"/api/v1"+path, sent)
	if err != nil {
		k.Error(err)
		return 0, nil
	}
	r.Header.Set("Content-Type", media)
	r.Header.Set("Authorization", "Bearer "+string(k.token))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	got, err := k.client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer got.Body.Close()
	if raw, err = io.ReadAll(got.Body); err != nil {
		return 0, nil
	}
	return got.StatusCode, raw
}

// upload is a file in a request.
type upload struct{ name, text string }

func (u *upload) encode() (media string, body io.Reader) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("file", u.name)
	_, _ = io.WriteString(part, u.text)
	w.Close()
	return w.FormDataContentType(), &b
}

// sight is what there is after a kill.
type sight struct {
	*killing
	app     *app
	tx      *engine.Tx
	when    string
	serials map[string][]string // cards by what their field says
	files   map[string]int      // by name
	stays   map[string]int      // stages left, by card
}

// all looks at what workers share.
func (s *sight) all() {
	s.Helper()
	s.serials, s.files, s.stays = map[string][]string{}, map[string]int{}, map[string]int{}
	for hit, err := range s.tx.Scan(storage.Range{Kind: "card", Keys: true}) {
		if err != nil {
			s.Fatal(err)
		}
		var serial string
		i, err := s.tx.Instance(hit.Ref.ID)
		if err != nil {
			s.Fatal(err)
		}
		if json.Unmarshal(i.Variable("serial"), &serial) == nil {
			s.serials[serial] = append(s.serials[serial], i.ID)
		}
	}
	for hit, err := range s.tx.Scan(storage.Range{Kind: "file"}) {
		if err != nil {
			s.Fatal(err)
		}
		var f card.File
		if err := json.Unmarshal(hit.Record.Data, &f); err != nil {
			s.Fatal(err)
		}
		s.files[f.Name]++
	}
	for hit, err := range s.tx.Scan(storage.Range{Index: "stage_log", Keys: true}) {
		if err != nil {
			s.Fatal(err)
		}
		id, _, _ := strings.Cut(hit.Ref.ID, "/")
		s.stays[id]++
	}
}

// count counts lines of a card's history.
func (s *sight) count(id, kind, element string) (n int) {
	s.Helper()
	lines, _, err := s.tx.History(id, 0, 0)
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range lines {
		if l.Kind == kind && (element == "" || l.Element == element) {
			n++
		}
	}
	return n
}

// number is a field of a card.
func (s *sight) number(id, field string) (n int) {
	s.Helper()
	i, err := s.tx.Instance(id)
	if err != nil {
		s.Fatalf("%s: card %s was acknowledged: %v", s.when, id, err)
	}
	_ = json.Unmarshal(i.Variable(field), &n)
	return n
}

// counter is a number on a card that is counted up by deeds that are not answered for once: each may have been done or not.
type counter struct {
	maker
	card    string
	told    int // acknowledged
	pending int // sent and not answered; 0: none
}

// begin makes the card.
func (c *counter) begin(k *killing) bool {
	if c.card == "" && c.maker.funnel == "" {
		c.maker.funnel = "mill"
	}
	if c.card != "" {
		return true
	}
	if !c.maker.work(k) {
		return false
	}
	c.card = c.made[0]
	return true
}

// resolve asks the server, where it is still alive, what became of a deed that it did not answer for.
func (c *counter) resolve(k *killing, field string) bool {
	if c.pending == 0 {
		return true
	}
	var card struct{ Fields map[string]json.RawMessage }
	if k.ask("GET", "/cards/"+c.card, "", nil, &card) != http.StatusOK {
		return false
	}
	is := 0
	_ = json.Unmarshal(card.Fields[field], &is)
	c.become(k, field, "while it runs", is)
	return true
}

// become takes the number that there is, if it can be.
func (c *counter) become(k *killing, field, when string, is int) {
	k.Helper()
	if c.pending != 0 {
		k.doubt(is == c.pending)
	}
	if is != c.told && is != c.pending {
		k.Errorf("%s: %s of card %s is %d; %d was acknowledged, %d was sent", when, field, c.card, is, c.told, c.pending)
	}
	c.told, c.pending = is, 0
}

var doubts sync.Mutex

// doubt notes a deed that was not acknowledged.
func (k *killing) doubt(done bool) {
	doubts.Lock()
	defer doubts.Unlock()
	if k.doubted++; done {
		k.done++
	}
}

// mover moves a card on and on.
type mover struct{ counter }

func (m *mover) work(k *killing) bool {
	if !m.begin(k) || !m.resolve(k, "turns") {
		return false
	}
	m.pending = m.told + 1
	if k.ask("POST", "/cards/"+m.card+"/advance", "", map[string]any{"fields": map[string]any{"turns": m.pending}}, nil) != http.StatusOK {
		return false
	}
	m.told, m.pending = m.pending, 0
	return true
}

func (m *mover) verify(k *killing, s *sight) {
	k.Helper()
	m.maker.verify(k, s)
	if m.card == "" {
		return
	}
	m.become(k, "turns", s.when, s.number(m.card, "turns"))
	one, err := s.app.cards.Load(s.tx, m.card)
	if err != nil {
		k.Fatal(err)
	}
	at := []string{"a", "b"}[m.told%2]
	if len(one.Stands) != 1 || one.Stands[0].Stage != at {
		k.Errorf("%s: card %s has turned %d times and stands in %+v", s.when, m.card, m.told, one.Stands)
	}
	if moves, stays := s.count(m.card, card.LineAdvanced, ""), s.stays[m.card]; moves != m.told || stays != m.told {
		k.Errorf("%s: card %s has turned %d times; its history tells of %d, the log of stages of %d", s.when, m.card, m.told, moves, stays)
	}
}

// writer writes a field of a card.
type writer struct{ counter }

func (w *writer) work(k *killing) bool {
	if !w.begin(k) || !w.resolve(k, "note") {
		return false
	}
	w.pending = w.told + 1
	if k.ask("PATCH", "/cards/"+w.card, "", map[string]any{"fields": map[string]any{"note": w.pending}}, nil) != http.StatusOK {
		return false
	}
	w.told, w.pending = w.pending, 0
	return true
}

func (w *writer) verify(k *killing, s *sight) {
	k.Helper()
	w.maker.verify(k, s)
	if w.card == "" {
		return
	}
	w.become(k, "note", s.when, s.number(w.card, "note"))
	if writes := s.count(w.card, card.LineChanged, ""); writes != w.told {
		k.Errorf("%s: card %s was written %d times; its history tells of %d", s.when, w.card, w.told, writes)
	}
}

// keyed is a deed with an Idempotency-Key, which is sent again until it is answered for.
type keyed struct {
	key     string // of the one that is not answered yet; empty: none
	serials []string
	made    []string // what each of them made
}

// next gives the key of the next deed, or of the one to be sent again.
func (d *keyed) next(k *killing, what string) string {
	if d.key == "" {
		d.key = fmt.Sprintf("%s-%d", what, k.serial.Add(1))
	}
	return d.key
}

func (d *keyed) acknowledge(id string) {
	d.serials, d.made, d.key = append(d.serials, d.key), append(d.made, id), ""
}

// maker makes cards.
type maker struct {
	keyed
	funnel string
}

func (m *maker) work(k *killing) bool {
	key := m.next(k, m.funnel)
	var card struct{ ID string }
	if k.ask("POST", "/cards", key, map[string]any{"funnel": m.funnel, "fields": map[string]any{"serial": key}}, &card) != http.StatusCreated {
		return false
	}
	m.acknowledge(card.ID)
	return true
}

func (m *maker) verify(k *killing, s *sight) {
	k.Helper()
	for n, serial := range m.serials {
		if is := s.serials[serial]; len(is) != 1 || is[0] != m.made[n] {
			k.Errorf("%s: %s was acknowledged as card %s; there is %v", s.when, serial, m.made[n], is)
		}
	}
	if m.key == "" {
		return
	}
	if is := s.serials[m.key]; len(is) > 1 {
		k.Errorf("%s: %s, which was not acknowledged, is there %d times", s.when, m.key, len(is))
	} else {
		k.doubt(len(is) == 1)
	}
}

// filer keeps files on a card.
type filer struct {
	counter
	files keyed
}

func (f *filer) work(k *killing) bool {
	if !f.begin(k) {
		return false
	}
	key := f.files.next(k, "file")
	var kept struct{ ID string }
	if k.ask("POST", "/cards/"+f.card+"/files?field=scan", key, &upload{key + ".txt", "the text of " + key}, &kept) != http.StatusCreated {
		return false
	}
	f.files.acknowledge(kept.ID)
	return true
}

func (f *filer) verify(k *killing, s *sight) {
	k.Helper()
	f.maker.verify(k, s)
	for n, serial := range f.files.serials {
		_, data, err := s.app.cards.OpenFile(s.tx, access.System("test"), f.files.made[n])
		if err != nil || string(data) != "the text of "+serial || s.files[serial+".txt"] != 1 {
			k.Errorf("%s: file %s was acknowledged; it is there %d times, with %q: %v", s.when, serial, s.files[serial+".txt"], data, err)
		}
	}
	if f.files.key == "" {
		return
	}
	if is := s.files[f.files.key+".txt"]; is > 1 {
		k.Errorf("%s: file %s, which was not acknowledged, is there %d times", s.when, f.files.key, is)
	} else {
		k.doubt(is == 1)
	}
}
