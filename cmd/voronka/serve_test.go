package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What can't be meant is refused before anything is opened.
func TestServeRefuses(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{`--pprof "0.0.0.0:6060": profiles show what is in memory`, []string{"--pprof", "0.0.0.0:6060"}},
		{`--pprof ":6060": profiles`, []string{"--pprof", ":6060"}},
		{`--pprof "6060": profiles`, []string{"--pprof", "6060"}},
		{`--log "loud" is no level`, []string{"--log", "loud"}},
		{`--log-format "xml" is no format`, []string{"--log-format", "xml"}},
		{`--proxy "caddy" is no range`, []string{"--proxy", "10.0.0.0/8,caddy"}},
		{`--metrics: listen tcp`, []string{"--metrics", "192.0.2.1:1"}},
		{`--store mysql://db is no postgres:// URL`, []string{"--store", "mysql://db"}},
		{"[data store] are set none of the others can be", []string{"--store", "postgres://db", "--data", "x"}},
	} {
		args := append([]string{"serve"}, c.args...)
		if !slices.Contains(args, "--store") {
			args = append(args, "--data", t.TempDir())
		}
		if _, err := said(t, "", args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func get(t *testing.T, url string, head ...string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range head {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(raw)
}

// free is an address of this machine that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Profiles and figures have listeners of their own; a page that came by another name is told no profile.
func TestSideListeners(t *testing.T) {
	profile, figures := free(t), free(t)
	s := started(t, "--data", t.TempDir(), "--pprof", profile, "--metrics", figures, "--proxy", "127.0.0.0/8", "--drain", "100ms")
	if status, text := get(t, "http://"+profile+"/debug/pprof/goroutine?debug=1"); status != 200 || !strings.Contains(text, "goroutine profile: total") {
		t.Error(status, text)
	}
	if status, text := get(t, "http://"+profile+"/debug/pprof/cmdline"); status != 404 {
		t.Error(status, text)
	}
	if status, text := get(t, "http://"+profile+"/debug/pprof/heap", "Host: evil.example:6060"); status != 421 {
		t.Error(status, text)
	}
	if status, text := get(t, "http://"+figures+"/metrics"); status != 200 || !strings.Contains(text, "voronka_store_up 1") {
		t.Error(status, text)
	}
	if status, text := get(t, s.url+"/debug/pprof/heap"); strings.Contains(text, "heap profile") {
		t.Errorf("profiles are told to everyone: %d", status)
	}
	if out, err := said(t, "", "health", "--server", s.url); err != nil || out != "well\n" {
		t.Errorf("%q, %v", out, err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if status, _ := get(t, "http://"+figures+"/metrics"); status != 0 {
		t.Error("the listener is left open")
	}
}

// robots is a funnel whose first stage has a robot behind a timer, and nobody whom it could choose.
const robots = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
  <process id="robots" name="Robots" isExecutable="true">
    <extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.currency" value="RUB"/>
    </camunda:properties></extensionElements>
    <laneSet><lane id="sales"><flowNodeRef>a</flowNodeRef></lane></laneSet>
    <startEvent id="begin"><extensionElements><camunda:formData><camunda:formField id="full_name" label="Name" type="string"/><camunda:formField id="phone" label="Phone" type="string"/></camunda:formData></extensionElements></startEvent>
    <userTask id="a" name="A"/>
    <boundaryEvent id="soon" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>
    <serviceTask id="choose" camunda:type="external" camunda:topic="assign"><extensionElements><camunda:inputOutput>
      <camunda:inputParameter name="field">owner</camunda:inputParameter><camunda:inputParameter name="role">lawyer</camunda:inputParameter>
    </camunda:inputOutput></extensionElements></serviceTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="end"/>
    <sequenceFlow id="f3" sourceRef="soon" targetRef="choose"/><sequenceFlow id="f4" sourceRef="choose" targetRef="end"/>
  </process>
</definitions>`

// lines are what a process writes, as it writes it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) all() []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []map[string]any
	for in := bufio.NewScanner(bytes.NewReader(l.text.Bytes())); in.Scan(); {
		one := map[string]any{}
		if json.Unmarshal(in.Bytes(), &one) != nil {
			one = map[string]any{"message": "no JSON: " + in.Text()}
		}
		all = append(all, one)
	}
	return all
}

// One search for the id of a request finds it, the timer and the job that it led to, and the incident; and nothing of what people entered.
func TestLogLeadsThrough(t *testing.T) {
	data := ringData(t)
	must(t, "", "deploy", "--data", data, file(t, "robots.bpmn", robots))
	log := &lines{}
	cmd := exec.Command(os.Args[0], "serve", "--data", data, "--listen", "127.0.0.1:0", "--log-format", "json")
	cmd.Env = append(os.Environ(), "VORONKA_IS_CHILD=1", "VORONKA_LISTN=nowhere")
	cmd.Stderr = log
	s := serving(t, cmd)
	s.signIn("ann")
	r, err := http.NewRequest("POST", s.url+"/api/v1/cards", strings.NewReader(`{"funnel":"robots","fields":{"full_name":"Анна Каренина","phone":"+79161234567"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "anna-1")
	got, err := s.http.Do(r)
	if err != nil || got.StatusCode != 201 || got.Header.Get("X-Request-Id") != "anna-1" {
		t.Fatal(got, err)
	}
	got.Body.Close()
	want := []string{"request", "timer", "incident", "job"}
	var found []string
	for until := time.Now().Add(20 * time.Second); len(found) < len(want) && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		found = nil
		for _, line := range log.all() {
			if line["request"] == "anna-1" {
				found = append(found, line["message"].(string))
			}
		}
	}
	if !slices.Equal(found, want) {
		t.Errorf("%v, want %v, in %v", found, want, log.all())
	}
	text := log.text.String()
	for _, want := range []string{`"topic":"assign"`, `"result":"threw"`, `"code":"uncaught_error"`, `"element":"soon"`, `"name":"VORONKA_LISTN"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, not := range []string{"79161234567", "Анна", "correct horse", "vrk_", "no JSON"} {
		if strings.Contains(text, not) {
			t.Errorf("%s is in %s", not, text)
		}
	}
}
