package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test binary be the program itself, for tests that kill it.
func TestMain(m *testing.M) {
	if os.Getenv("VORONKA_IS_CHILD") != "" {
		main()
	}
	os.Exit(m.Run())
}

// child runs the program in a process of its own.
func child(t *testing.T, stdin string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "VORONKA_IS_CHILD=1")
	c.Stdin = strings.NewReader(stdin)
	return c
}

// must runs the program to its end.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, err := child(t, stdin, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("voronka %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// served is a server in a process that can be killed.
type served struct {
	*testing.T
	cmd  *exec.Cmd
	url  string
	http *http.Client
}

// serveChild starts a server over a data folder and signs ann in.
func serveChild(t *testing.T, data string) *served {
	t.Helper()
	s := started(t, "--data", data)
	s.signIn("ann")
	return s
}

// started starts a server in a process of its own, with arguments of serve.
func started(t *testing.T, args ...string) *served {
	t.Helper()
	cmd := child(t, "", append([]string{"serve", "--listen", "127.0.0.1:0", "--log", "error"}, args...)...)
	cmd.Stderr = os.Stderr
	return serving(t, cmd)
}

// serving starts a server and waits until it serves.
func serving(t *testing.T, cmd *exec.Cmd) *served {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), " on "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &served{t, cmd, url, &http.Client{Jar: jar(), Timeout: 20 * time.Second}}
		}
	}
	t.Fatal("the server did not start")
	return nil
}

func (s *served) signIn(login string) {
	s.Helper()
	if status := s.call("POST", "/session", map[string]string{"login": login, "password": "correct horse"}, nil); status != http.StatusOK {
		s.Fatalf("sign in: %d", status)
	}
}

// call makes one request; 0: there was no answer.
func (s *served) call(method, path string, body, answer any) int {
	return s.once("", method, path, body, answer)
}

// once is call of what is done once however often it is called with the same key.
func (s *served) once(key, method, path string, body, answer any) int {
	data, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	r, err := http.NewRequest(method, s.url+"/api/v1"+path, bytes.NewReader(data))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	got, err := s.http.Do(r)
	if err != nil {
		return 0
	}
	defer got.Body.Close()
	if answer != nil && json.NewDecoder(got.Body).Decode(answer) != nil {
		return 0
	}
	return got.StatusCode
}

func (s *served) kill() {
	if err := s.cmd.Process.Kill(); err != nil {
		s.Fatal(err)
	}
	_ = s.cmd.Wait()
}

const ring = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
  <process id="ring" name="Ring" isExecutable="true">
    <extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.currency" value="RUB"/>
    </camunda:properties></extensionElements>
    <laneSet><lane id="sales"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef></lane></laneSet>
    <startEvent id="begin"><extensionElements><camunda:formData>
      <camunda:formField id="turns" label="Turns" type="long"/>
      <camunda:formField id="reminded" label="Reminded" type="long"/>
    </camunda:formData></extensionElements></startEvent>
    <userTask id="a" name="A"/>
    <boundaryEvent id="reminder" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeDuration>PT2S</timeDuration></timerEventDefinition></boundaryEvent>
    <scriptTask id="count" camunda:resultVariable="reminded"><script>(reminded ?? 0) + 1</script></scriptTask>
    <userTask id="b" name="B"/>
    <sequenceFlow id="begin_a" sourceRef="begin" targetRef="a"/>
    <sequenceFlow id="a_b" sourceRef="a" targetRef="b"/>
    <sequenceFlow id="b_a" sourceRef="b" targetRef="a"/>
    <sequenceFlow id="reminder_count" sourceRef="reminder" targetRef="count"/>
  </process>
</definitions>`

func ringData(t *testing.T) string {
	t.Helper()
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "ring.bpmn")
	if err := os.WriteFile(file, []byte(ring), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "correct horse", "user", "add", "ann", "--role", "sales", "--data", data)
	must(t, "", "deploy", "--data", data, file)
	return data
}

// Cards move, the server is killed in the middle, again and again: every move that was acknowledged is there.
func TestKilledWhileCardsMove(t *testing.T) {
	data := ringData(t)
	s := serveChild(t, data)
	const clients = 4
	var cards [clients]struct{ ID string }
	var acknowledged [clients]int
	for n := range cards {
		if status := s.call("POST", "/cards", map[string]any{"funnel": "ring", "fields": map[string]any{"turns": 0}}, &cards[n]); status != http.StatusCreated {
			t.Fatalf("create: %d", status)
		}
	}
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	var moved atomic.Int64
	for round := range rounds {
		var moving sync.WaitGroup
		before := moved.Load()
		for n := range cards {
			moving.Go(func() {
				for {
					next := acknowledged[n] + 1
					body := map[string]any{"fields": map[string]any{"turns": next}}
					if s.call("POST", "/cards/"+cards[n].ID+"/advance", body, nil) != http.StatusOK {
						return
					}
					acknowledged[n] = next
					moved.Add(1)
				}
			})
		}
		for until := time.Now().Add(20 * time.Second); moved.Load() == before && time.Now().Before(until); {
			time.Sleep(5 * time.Millisecond) // however busy the machine is, something moves before the kill
		}
		time.Sleep(time.Duration(50+130*round) * time.Millisecond)
		s.kill()
		moving.Wait()
		s = serveChild(t, data)
		for n := range cards {
			var card struct {
				Fields map[string]json.RawMessage
				Stages []struct{ Stage string }
			}
			if status := s.call("GET", "/cards/"+cards[n].ID, nil, &card); status != http.StatusOK {
				t.Fatalf("read card: %d", status)
			}
			var turns int
			_ = json.Unmarshal(card.Fields["turns"], &turns)
			// The last move may have been done though its answer was lost; it is never half done: stage and field agree.
			if turns != acknowledged[n] && turns != acknowledged[n]+1 {
				t.Errorf("round %d: card %d has turned %d times, %d were acknowledged", round, n, turns, acknowledged[n])
			}
			if at := []string{"a", "b"}[turns%2]; len(card.Stages) != 1 || card.Stages[0].Stage != at {
				t.Errorf("round %d: card %d has turned %d times and stands in %+v", round, n, turns, card.Stages)
			}
			acknowledged[n] = turns
		}
	}
	total := 0
	for _, n := range acknowledged {
		total += n
	}
	if total == 0 {
		t.Error("nothing moved: the test proves nothing")
	}
	t.Logf("%d moves, %d kills", total, rounds)
}

// A timer that fell due while the server was dead fires once.
func TestOverdueTimerFiresOnce(t *testing.T) {
	data := ringData(t)
	s := serveChild(t, data)
	var card struct{ ID string }
	if status := s.call("POST", "/cards", map[string]any{"funnel": "ring"}, &card); status != http.StatusCreated {
		t.Fatalf("create: %d", status)
	}
	id := card.ID
	s.kill()
	time.Sleep(2500 * time.Millisecond)
	for range 2 { // the second start finds nothing to fire
		s = serveChild(t, data)
		fired := func() int {
			var card struct{ Fields struct{ Reminded int } }
			if status := s.call("GET", "/cards/"+id, nil, &card); status != http.StatusOK {
				t.Fatalf("read card: %d", status)
			}
			return card.Fields.Reminded
		}
		until := time.Now().Add(5 * time.Second)
		for fired() == 0 && time.Now().Before(until) {
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond)
		if n := fired(); n != 1 {
			t.Fatalf("the reminder fired %d times", n)
		}
		s.kill()
	}
}
