package engine_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/voronka/voronka/engine"
)

// What may follow what, as state.go draws it, seen at rest: no token is moving then, and what is ended or done is gone.
var (
	instanceMoves = map[engine.State][]engine.State{
		"":               {engine.Active, engine.Completed, engine.Cancelled},
		engine.Active:    {engine.Active, engine.Completed, engine.Cancelled},
		engine.Completed: {engine.Completed},
		engine.Cancelled: {engine.Cancelled},
	}
	tokenMoves = map[engine.TokenState][]engine.TokenState{
		"":             {engine.Waiting, engine.Stuck},
		engine.Waiting: {engine.Waiting, engine.Stuck, ""},
		engine.Stuck:   {engine.Waiting, engine.Stuck, ""},
	}
	jobMoves = map[engine.JobState][]engine.JobState{
		"":               {engine.JobDue},
		engine.JobDue:    {engine.JobDue, engine.JobLeased, engine.JobStuck, ""},
		engine.JobLeased: {engine.JobDue, engine.JobLeased, engine.JobStuck, ""},
		engine.JobStuck:  {engine.JobDue, engine.JobStuck, ""}, // it is gone with its token
	}
)

// states are the states at one moment, by the outer ids of what has them.
type states struct {
	instances map[string]engine.State
	tokens    map[string]engine.TokenState
	jobs      map[string]engine.JobState
	incidents map[string]bool
}

func statesOf(all []*engine.Instance) states {
	s := states{map[string]engine.State{}, map[string]engine.TokenState{}, map[string]engine.JobState{}, map[string]bool{}}
	for _, i := range all {
		s.instances[i.ID] = i.State
		for _, t := range i.Tokens {
			s.tokens[engine.OuterID(i.ID, t.ID)] = t.State
		}
		for _, j := range i.Jobs {
			s.jobs[engine.OuterID(i.ID, j.ID)] = j.State
		}
		for _, n := range i.Incidents {
			s.incidents[engine.OuterID(i.ID, n.ID)] = true
		}
	}
	return s
}

// Every scenario moves instances, tokens and jobs as drawn; ids are never given twice; a stuck token has its incident and the other
// way round; an instance that is over has no token.
func TestStatesMoveAsDrawn(t *testing.T) {
	for _, file := range scenarios(t) {
		t.Run(name(file), func(t *testing.T) {
			t.Parallel()
			was := statesOf(nil)
			seen := map[string]bool{}
			p := &stage{t: t, way: plain{}, dir: filepath.Dir(file), path: filepath.Join(t.TempDir(), "store.db")}
			p.watch = func(_ *engine.Tx, all []*engine.Instance) {
				now := statesOf(all)
				moved(t, "instance", instanceMoves, was.instances, now.instances, seen)
				moved(t, "token", tokenMoves, was.tokens, now.tokens, seen)
				moved(t, "job", jobMoves, was.jobs, now.jobs, seen)
				was = now
				for _, i := range all {
					consistent(t, i)
				}
			}
			p.play(read(t, file))
		})
	}
}

func moved[S ~string](t *testing.T, what string, moves map[S][]S, was, now map[string]S, seen map[string]bool) {
	t.Helper()
	for id, state := range now {
		if !slices.Contains(moves[was[id]], state) {
			t.Errorf("%s %s moved from %q to %q", what, id, was[id], state)
		}
		if _, there := was[id]; !there && seen[what+id] {
			t.Errorf("%s %s was gone and is there again", what, id)
		}
		seen[what+id] = true
	}
	for id, state := range was {
		if _, there := now[id]; !there && !slices.Contains(moves[state], "") {
			t.Errorf("%s %s is gone; it was %q", what, id, state)
		}
	}
}

func consistent(t *testing.T, i *engine.Instance) {
	t.Helper()
	if i.State != engine.Active {
		if len(i.Tokens) > 0 || i.Ended == nil {
			t.Errorf("instance %s is %s with %d tokens, ended %v", i.ID, i.State, len(i.Tokens), i.Ended)
		}
		return
	}
	if len(i.Tokens) < 2 && i.Tokens[0].State != engine.Stuck {
		t.Errorf("instance %s is active, but nothing is in it", i.ID)
	}
	tokens, jobs := map[int]*engine.Token{}, map[int]*engine.Job{}
	for _, token := range i.Tokens {
		tokens[token.ID] = token
		if token.In != 0 && tokens[token.In] == nil {
			t.Errorf("token %d of %s stands in no scope", token.ID, i.ID)
		}
	}
	for _, j := range i.Jobs {
		jobs[j.ID] = j
		if j.Token != 0 && tokens[j.Token] == nil {
			t.Errorf("job %d of %s has lost its token", j.ID, i.ID)
		}
	}
	told := map[int]bool{}
	for _, n := range i.Incidents {
		told[n.Token] = true
		switch job := jobs[n.Job]; {
		case n.Job != 0 && (job == nil || job.State != engine.JobStuck):
			t.Errorf("incident %d of %s is for job %d, which is not stuck", n.ID, i.ID, n.Job)
		case n.Job == 0 && n.Token != 0 && (tokens[n.Token] == nil || tokens[n.Token].State != engine.Stuck):
			t.Errorf("incident %d of %s is for token %d, which is not stuck", n.ID, i.ID, n.Token)
		}
	}
	for _, token := range i.Tokens {
		if token.State == engine.Stuck && !told[token.ID] {
			t.Errorf("token %d of %s is stuck without an incident", token.ID, i.ID)
		}
	}
}

// A job does what its drawing says, whoever does what to it in whatever order.
func TestJobMovesAsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, service)
		id := b.job("mail")
		const lease = time.Minute
		model := struct {
			state   engine.JobState
			worker  string
			free    time.Time // when it may be claimed
			retries int
		}{state: engine.JobDue, free: b.now, retries: 3}
		worker := rapid.SampledFrom([]string{"ann", "bob"})
		spend := func() {
			model.worker = ""
			if model.retries--; model.retries > 0 {
				model.state = engine.JobDue
			} else {
				model.state, model.retries = engine.JobStuck, 0
			}
		}
		deed := func(fine bool, fn func(tx *engine.Tx) error) bool {
			err := b.try(fn)
			var refused *engine.Refused
			if fine && err != nil || !fine && !errors.As(err, &refused) {
				t.Fatalf("in state %+v: %v", model, err)
			}
			return fine
		}
		holds := func(who string) bool { return model.state != engine.JobStuck && model.worker == who }
		t.Repeat(map[string]func(*rapid.T){
			"claim": func(t *rapid.T) {
				who := worker.Draw(t, "worker")
				free := model.state != engine.JobStuck && model.state != "" && !b.now.Before(model.free)
				if free && model.state == engine.JobLeased { // a lease that ended with nothing said was an attempt
					model.retries--
				}
				if free && model.retries == 0 {
					deed(true, func(tx *engine.Tx) error {
						_, _, err := tx.Claim(id, who, lease)
						if err == nil {
							t.Fatal("a spent job was claimed")
						}
						return nil // that it is stuck is written
					})
					model.state, model.worker = engine.JobStuck, ""
					return
				}
				if deed(free, func(tx *engine.Tx) error {
					_, _, err := tx.Claim(id, who, lease)
					return err
				}) {
					model.state, model.worker, model.free = engine.JobLeased, who, b.now.Add(lease)
				}
			},
			"fail": func(t *rapid.T) {
				who := worker.Draw(t, "worker")
				if deed(holds(who), func(tx *engine.Tx) error { return tx.FailJob(id, who, "no line", -1) }) {
					spend()
					model.free = b.read().Jobs[0].Due
				}
			},
			"release": func(t *rapid.T) {
				who := worker.Draw(t, "worker")
				if deed(holds(who), func(tx *engine.Tx) error { return tx.Release(id, who) }) {
					model.state, model.worker, model.free = engine.JobDue, "", b.now
				}
			},
			"throw": func(t *rapid.T) { // nobody catches it
				who := worker.Draw(t, "worker")
				if deed(holds(who), func(tx *engine.Tx) error { return tx.ThrowJob(id, who, "BAD", "", nil) }) {
					model.state, model.worker, model.retries = engine.JobStuck, "", 0
				}
			},
			"resolve": func(t *rapid.T) {
				incidents := b.read().Incidents
				if len(incidents) == 0 {
					t.Skip()
				}
				deed(true, func(tx *engine.Tx) error { return tx.Resolve(engine.OuterID(b.id, incidents[0].ID), nil) })
				model.state, model.free, model.retries = engine.JobDue, b.now, 1
			},
			"wait": func(t *rapid.T) {
				b.now = b.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
			},
			"complete": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "seldom") > 0 {
					t.Skip()
				}
				who := worker.Draw(t, "worker")
				if deed(holds(who), func(tx *engine.Tx) error { return tx.CompleteJob(id, who, nil) }) {
					model.state, model.worker = "", "nobody"
				}
			},
			"": func(t *rapid.T) {
				i := b.read()
				if model.state == "" {
					if len(i.Jobs) > 0 || i.State != engine.Completed {
						t.Fatalf("done, but the instance is %s with %d jobs", i.State, len(i.Jobs))
					}
					return
				}
				j := i.Jobs[0]
				if j.State != model.state || j.Worker != model.worker || j.Retries != model.retries {
					t.Fatalf("the job is %s by %q with %d left, want %+v", j.State, j.Worker, j.Retries, model)
				}
				if stuck := len(i.Incidents) == 1; stuck != (model.state == engine.JobStuck) {
					t.Fatalf("%d incidents of a job that is %s", len(i.Incidents), j.State)
				}
			},
		})
	})
}
