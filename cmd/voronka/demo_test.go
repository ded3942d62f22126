package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/examples/drivingschool"
)

// demonstrate runs the demo over a folder and gives its address; it ends with the test, or when stop is called.
func demonstrate(t *testing.T, data string, args ...string) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	c := demoCommand()
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetOut(write)
	c.SetArgs(append([]string{"--data", data, "--listen", "127.0.0.1:0"}, args...))
	ended := make(chan error, 1)
	go func() {
		err := c.ExecuteContext(ctx)
		write.CloseWithError(io.EOF)
		ended <- err
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	lines := bufio.NewReader(read)
	line, err := lines.ReadString('\n')
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	t.Cleanup(stop)
	if err != nil {
		t.Fatalf("the demo said %q and ended: %v", line, <-ended)
	}
	return regexp.MustCompile(`http://\S+`).FindString(line), stop
}

// visitor is a person with a browser.
type visitor struct {
	*testing.T
	address string
	http.Client
}

func visit(t *testing.T, address, login string) *visitor {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	v := &visitor{t, address, http.Client{Jar: jar, Timeout: 10 * time.Second}}
	body, _ := json.Marshal(map[string]string{"login": login, "password": drivingschool.Password})
	answer, err := v.Post(address+"/api/v1/session", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		said, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s can't sign in: %s %s", login, answer.Status, said)
	}
	return v
}

func (v *visitor) get(path string, into any) {
	v.Helper()
	answer, err := v.Get(v.address + "/api/v1" + path)
	if err != nil {
		v.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusOK {
		v.Fatalf("%s: %s %v", path, answer.Status, err)
	}
}

// standing counts the cards of a board.
func (v *visitor) standing(process string) int {
	v.Helper()
	var board struct{ Columns []struct{ Count int } }
	v.get("/funnels/"+process+"/board", &board)
	n := 0
	for _, c := range board.Columns {
		n += c.Count
	}
	return n
}

// An empty folder becomes the seeded school, everyone can sign in, and it is there as it was left the next time.
func TestDemo(t *testing.T) {
	data := t.TempDir()
	began := time.Now()
	address, stop := demonstrate(t, data, "--no-story")
	boss := visit(t, address, "head_of_sales")
	var all struct {
		Funnels []struct{ Process, ID string }
	}
	boss.get("/funnels", &all)
	t.Logf("the funnels answered after %s", time.Since(began).Round(time.Millisecond))
	if len(all.Funnels) != 3 {
		t.Fatalf("%d funnels", len(all.Funnels))
	}
	want := map[string]int{"leads": 22, "deals_b2c": 52, "deals_b2b": 4}
	for process, count := range want {
		if got := boss.standing(process); got != count {
			t.Errorf("%d cards stand in %s, want %d", got, process, count)
		}
	}
	var offered struct{ People []struct{ Login string } }
	boss.get("/demo", &offered)
	if len(offered.People) != len(drivingschool.People) {
		t.Errorf("the sign-in page offers %v", offered.People)
	}
	for _, p := range drivingschool.People {
		var me struct{ Name string }
		visit(t, address, p.ID).get("/me", &me)
		if me.Name != p.Name {
			t.Errorf("%s is %q", p.ID, me.Name)
		}
	}
	stop()

	address, _ = demonstrate(t, data, "--no-story")
	if got := visit(t, address, "head_of_sales").standing("deals_b2c"); got != want["deals_b2c"] {
		t.Errorf("%d deals the next time", got)
	}
}

// The story is told to its end while the server is up.
func TestDemoStory(t *testing.T) {
	var out bytes.Buffer
	d := &demo{language: "en", out: &out}
	if err := d.tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "the deal is won") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("the story is not told to its end, or coloured where nobody sees it:\n%s", out.String())
	}
}

// The demo lets nobody in from elsewhere, and touches no folder that is not its own.
func TestDemoRefuses(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:8080", ":8080", "[::]:8080", "192.168.1.7:80", "example.com:80", "8080"} {
		d := &demo{listen: listen, language: "ru"}
		if err := d.check(); err == nil {
			t.Errorf("the demo would listen on %s", listen)
		}
	}
	data := t.TempDir()
	store, err := openData(data)
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(store, engine.Options{})
	if err := a.firstPerson(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	store.Close()
	d := &demo{data: data, listen: "127.0.0.1:0", language: "ru", silent: true, out: io.Discard}
	if err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("over somebody's own folder: %v", err)
	}
}
