package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
)

// sale is a deal that is made, moved once and won; a while later it is forgotten with its history.
const sale = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="voronka">
  <process id="sale" name="Sale" isExecutable="true" camunda:historyTimeToLive="%s">
    <extensionElements><camunda:properties>
      <camunda:property name="funnel.kind" value="deal"/><camunda:property name="funnel.currency" value="RUB"/>
    </camunda:properties></extensionElements>
    <laneSet><lane id="sales"><flowNodeRef>talk</flowNodeRef><flowNodeRef>sign</flowNodeRef></lane></laneSet>
    <startEvent id="begin"><extensionElements><camunda:formData><camunda:formField id="serial" label="Serial" type="string"/></camunda:formData></extensionElements></startEvent>
    <userTask id="talk" name="Talk"/>
    <userTask id="sign" name="Sign"/>
    <endEvent id="won"><extensionElements><camunda:properties><camunda:property name="funnel.outcome" value="won"/></camunda:properties></extensionElements></endEvent>
    <sequenceFlow id="begin_talk" sourceRef="begin" targetRef="talk"/>
    <sequenceFlow id="talk_sign" sourceRef="talk" targetRef="sign"/>
    <sequenceFlow id="sign_won" sourceRef="sign" targetRef="won"/>
  </process>
</definitions>`

// sample is how the server is at one moment.
type sample struct {
	at         time.Duration
	heap       float64 // bytes in use
	resident   float64 // bytes, the file that it maps included
	goroutines float64
	file       float64 // bytes
	late       float64 // seconds, for the timer that is due first: here, for what is to be forgotten
	sales      int64   // so far
}

// soak is a server under load.
type soak struct {
	*killing
	sales, failed atomic.Int64
}

// sell makes one deal and wins it.
func (s *soak) sell(n int64) {
	var card struct{ ID string }
	done := s.ask("POST", "/cards", "", map[string]any{"funnel": "sale", "fields": map[string]any{"serial": strconv.FormatInt(n, 10)}}, &card) == http.StatusCreated
	for step := 0; done && step < 2; step++ {
		done = s.ask("POST", "/cards/"+card.ID+"/advance", "", map[string]any{}, nil) == http.StatusOK
	}
	if done {
		s.sales.Add(1)
	} else {
		s.failed.Add(1)
	}
}

// sellers is how many work at a time.
const sellers = 8

// work sells for so long, at most so many a second; 0: as many as it can.
func (s *soak) work(d time.Duration, rate float64) {
	until := time.Now().Add(d)
	turns := make(chan int64, sellers)
	var working sync.WaitGroup
	for range sellers {
		working.Go(func() {
			for n := range turns {
				s.sell(n)
			}
		})
	}
	began := time.Now()
	for n := int64(0); time.Now().Before(until); n++ {
		if rate > 0 {
			every := time.Duration(float64(time.Second) / rate)
			if began = began.Add(every); time.Since(began) > time.Second {
				began = time.Now() // what a busy machine has missed is not made up for: that would be more than four fifths
			}
			time.Sleep(time.Until(began))
		}
		turns <- n
	}
	close(turns)
	working.Wait()
}

// look takes a sample.
func (s *soak) look(began time.Time) sample {
	s.Helper()
	got, err := http.Get(s.at + "/metrics")
	if err != nil {
		s.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		s.Fatalf("metrics: %d, %v", got.StatusCode, err)
	}
	figure := func(name string) float64 {
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, name+" "); ok {
				n, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
				return n
			}
		}
		s.Fatalf("/metrics does not tell %s", name)
		return 0
	}
	info, err := os.Stat(filepath.Join(s.args()[1], databaseName))
	if err != nil {
		s.Fatal(err)
	}
	return sample{
		time.Since(began), figure("go_memstats_heap_inuse_bytes"), figure("process_resident_memory_bytes"), figure("go_goroutines"),
		float64(info.Size()), figure("voronka_timers_overdue_seconds"), s.sales.Load(),
	}
}

// growth is by how much of its mean a figure grows over all samples, by the line of least squares.
func growth(all []sample, of func(sample) float64) float64 {
	var n, x, y, xx, xy float64
	for _, s := range all {
		at, v := s.at.Seconds(), of(s)
		n, x, y, xx, xy = n+1, x+at, y+v, xx+at*at, xy+at*v
	}
	if n < 2 || y == 0 || n*xx == x*x {
		return 0
	}
	slope := (n*xy - x*y) / (n*xx - x*x)
	return slope * (all[len(all)-1].at - all[0].at).Seconds() / (y / n)
}

// A server at four fifths of what it can do, with history forgotten as its funnel says, stays as it is: its memory, its goroutines and
// its file.
//
//	VORONKA_TEST_SOAK=30m   for how long; ten seconds otherwise, in which growth is told and not judged
func TestSoak(t *testing.T) {
	long, judged := 10*time.Second, false
	if text := os.Getenv("VORONKA_TEST_SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		judged = long >= 5*time.Minute
	} else if testing.Short() {
		t.Skip("ten seconds are too long for -short: VORONKA_TEST_SOAK=30m runs it in full")
	}
	keep := min(long/10, time.Minute)
	s := &soak{killing: &killing{T: t, place: &folder{}, random: drawn(t)}}
	s.born()
	s.publish(fmt.Sprintf(sale, fmt.Sprintf("PT%dS", max(1, int(keep.Seconds())))))
	cmd, said := s.start()

	s.work(long/20, 0)
	most := float64(s.sales.Load()) / (long / 20).Seconds()
	rate := 0.8 * most
	t.Logf("%.0f sales a second at most, of three deeds each; %.0f from now on, each forgotten after %s", most, rate, keep)

	began := time.Now()
	var working sync.WaitGroup
	working.Go(func() { s.work(long, rate) })
	var all []sample
	for time.Since(began) < long {
		time.Sleep(long / 60)
		all = append(all, s.look(began))
	}
	working.Wait()

	warm := all[len(all)*2/5:] // until then what is forgotten is less than what is made
	t.Logf("%10s %10s %10s %10s %10s %10s %10s", "at", "sales", "heap MiB", "RSS MiB", "goroutines", "file MiB", "late s")
	for n, one := range all {
		if n%max(1, len(all)/30) == 0 {
			t.Logf("%10s %10d %10.1f %10.1f %10.0f %10.1f %10.1f", one.at.Round(time.Second), one.sales, one.heap/(1<<20), one.resident/(1<<20), one.goroutines, one.file/(1<<20), one.late)
		}
	}
	for _, f := range []struct {
		name string
		of   func(sample) float64
		most float64 // of its mean
	}{
		{"heap", func(s sample) float64 { return s.heap }, 0.15},
		{"goroutines", func(s sample) float64 { return s.goroutines }, 0.10},
		{"file", func(s sample) float64 { return s.file }, 0.10},
	} {
		g := growth(warm, f.of)
		t.Logf("%s: %+.1f %% over the last %s", f.name, 100*g, (warm[len(warm)-1].at - warm[0].at).Round(time.Second))
		if judged && g > f.most {
			t.Errorf("%s grows by %.1f %%, more than %.0f %%", f.name, 100*g, 100*f.most)
		}
	}
	if s.sales.Load() < 10 || s.failed.Load() > 0 {
		t.Errorf("%d sales, %d failed", s.sales.Load(), s.failed.Load())
	}
	// What is over its time goes, all of it.
	time.Sleep(keep)
	s.patiently(func() bool {
		var found struct{ Cards []struct{ ID string } }
		if s.ask("GET", "/cards?funnel=sale&state=closed&limit=50", "", nil, &found) != http.StatusOK {
			return false
		}
		return len(found.Cards) == 0
	})
	s.kill(cmd, said)
	s.workers = nil
	s.verify("after the soak")
}

// publish adds a diagram to the store, of which no server is running.
func (s *soak) publish(xml string) {
	s.Helper()
	store, err := openData(s.args()[1])
	if err != nil {
		s.Fatal(err)
	}
	defer store.Close()
	if err := newApp(store, engine.Options{}).engine.Update(s.Context(), func(tx *engine.Tx) error {
		made, problems, err := funnel.Upload(tx, access.System("test"), []funnel.File{{Name: "sale.bpmn", Data: []byte(xml)}})
		if err == nil && len(made) != 1 {
			err = fmt.Errorf("%v", problems)
		}
		return err
	}); err != nil {
		s.Fatal(err)
	}
}
