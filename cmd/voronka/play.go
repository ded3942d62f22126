package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/funnel"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
)

// playStart is when a play begins that is not told otherwise: a Monday morning.
const playStart = "2026-01-05T09:00:00Z"

func playCommand() *cobra.Command {
	p := &player{}
	now := ""
	c := &cobra.Command{
		Use:   "play [--data DIR] [--now TIME] FILE...",
		Short: "Drive the engine by hand, with a clock that stands still",
		Long: "Deploys the files together and then reads one JSON command a line from standard input. After the deployment and after each\n" +
			"command it writes one JSON observation line. Timers fire in advance and fire only; robots do not run but with --robots.\n\n" +
			`    {"do":"start","process":"deal","vars":{"amount":150}}` + "\n" +
			`    {"do":"complete","task":"Stage_New","flow":"To_Contract"}` + "\n" +
			`    {"do":"advance","by":"PT1H"}`,
		Example: `  echo '{"do":"start","process":"leads"}' | voronka play examples/drivingschool/leads.bpmn`,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 && p.dir == "" {
				return errors.New("name the diagrams to play, or a folder with --data")
			}
			return p.play(c.Context(), files, now, c.InOrStdin(), c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&p.dir, "data", "", "keep the instances in this folder; a temporary one if left out")
	c.Flags().StringVar(&now, "now", "", "where the clock begins (RFC 3339); "+playStart+" if left out, or where it stood in --data")
	c.Flags().BoolVar(&p.robots, "robots", false, "let the built-in robots do their jobs")
	return c
}

// player is one play: an engine over a store, and a clock.
type player struct {
	dir    string
	robots bool

	*app
	store  *bolt.Store
	clock  time.Time
	serial int // of ids: instances sort in order of start
}

// word is one command.
type word struct {
	Do       string                  `json:"do"`
	Process  string                  `json:"process"`
	Vars     map[string]engine.Value `json:"vars"`
	Key      string                  `json:"key"`
	Task     string                  `json:"task"`
	Flow     string                  `json:"flow"`
	Element  string                  `json:"element"`
	Job      string                  `json:"job"`
	Result   string                  `json:"result"`
	Message  string                  `json:"message"`
	Code     string                  `json:"code"`
	Retries  *int                    `json:"retries"`
	Name     string                  `json:"name"`
	By       string                  `json:"by"`
	To       string                  `json:"to"`
	Instance string                  `json:"instance"`
	Incident string                  `json:"incident"`
}

func (p *player) play(ctx context.Context, files []string, now string, in io.Reader, out io.Writer) error {
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "voronka-play-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		p.dir = dir
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	defer func() { p.store.Close() }()
	if err := p.wind(ctx, now); err != nil {
		return err
	}
	problems, err := p.deploy(ctx, files)
	if err != nil {
		return err
	}
	o, err := p.observe(ctx)
	if err != nil {
		return err
	}
	if o.Problems = problems; bpmn.Severe(problems) {
		o.refused(errors.New("the diagrams have errors: nothing was deployed"))
	} else if len(files) > 0 && !p.deployed(ctx) {
		o.refused(errors.New("no process in the files can run"))
	}
	w := bufio.NewWriter(out)
	if err := o.print(w); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			o, err := p.answer(ctx, line)
			if err != nil {
				return err
			}
			if err := o.print(w); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// open opens store and engine over what is in the folder.
func (p *player) open(ctx context.Context) error {
	store, err := bolt.Open(filepath.Join(p.dir, "play.db"), bolt.Options{})
	if err != nil {
		return err
	}
	p.store = store
	p.app = newApp(store, engine.Options{
		Now: func() time.Time { return p.clock },
		NewID: func() string {
			p.serial++
			return fmt.Sprintf("%08d", p.serial)
		},
	})
	p.serial, err = p.lastID(ctx)
	return err
}

// lastID finds the number of the last instance, so that ids go on behind it.
func (p *player) lastID(ctx context.Context) (last int, err error) {
	err = p.store.View(ctx, func(r storage.Reader) error {
		for hit, err := range r.Scan(storage.Range{Kind: "instance", Reverse: true, Limit: 1, Keys: true}) {
			if err != nil {
				return err
			}
			last, _ = strconv.Atoi(hit.Ref.ID[:min(8, len(hit.Ref.ID))])
		}
		return nil
	})
	return last, err
}

// clockRef is where the clock of a play is kept.
var clockRef = storage.Ref{Kind: "play", ID: "clock"}

// wind sets the clock: to where it stood, to what is said, or to the beginning.
func (p *player) wind(ctx context.Context, now string) error {
	var stood *storage.Record
	if err := p.store.View(ctx, func(r storage.Reader) error {
		found, err := r.Get(clockRef)
		if err == nil {
			stood = found[0]
		}
		return err
	}); err != nil {
		return err
	}
	if now == "" {
		now = playStart
		if stood != nil {
			return storage.Unmarshal(stood.Data, &p.clock)
		}
	}
	start, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return fmt.Errorf("--now %q is no time: write 2026-01-05T09:00:00Z", now)
	}
	return p.tick(ctx, start)
}

// tick moves the clock, and keeps where it stands.
func (p *player) tick(ctx context.Context, to time.Time) error {
	p.clock = to.UTC()
	data, err := storage.Marshal(p.clock)
	if err != nil {
		return err
	}
	return p.store.Update(ctx, func(tx storage.Tx) error {
		found, err := tx.Get(clockRef)
		if err != nil {
			return err
		}
		r := &storage.Record{Kind: clockRef.Kind, ID: clockRef.ID, Data: data}
		if found[0] != nil {
			r.Version = found[0].Version
		}
		return tx.Put(r)
	})
}

func (p *player) deploy(ctx context.Context, names []string) ([]bpmn.Problem, error) {
	if len(names) == 0 {
		return nil, nil
	}
	files := make([]funnel.File, len(names))
	for n, name := range names {
		data, err := readDiagram(name)
		if err != nil {
			return nil, err
		}
		files[n] = funnel.File{Name: filepath.Base(name), Data: data}
	}
	var problems []bpmn.Problem
	err := p.engine.Update(ctx, func(tx *engine.Tx) (err error) {
		_, problems, err = funnel.Upload(tx, access.System("play"), files)
		return err
	})
	return problems, err
}

func (p *player) deployed(ctx context.Context) bool {
	any := false
	_ = p.engine.View(ctx, func(tx *engine.Tx) error {
		all, err := tx.Definitions("")
		any = len(all) > 0
		return err
	})
	return any
}

// answer does one command and observes what it left.
func (p *player) answer(ctx context.Context, line []byte) (*observation, error) {
	var w word
	d := json.NewDecoder(bytes.NewReader(line))
	err := d.Decode(&w)
	if err == nil && d.More() {
		err = errors.New("more than one command on a line")
	}
	if err != nil {
		err = &engine.Refused{Code: "no_command", Message: "this is no command: " + err.Error()}
	} else {
		err = p.do(ctx, w)
	}
	if fatal(err) {
		return nil, err
	}
	o, failed := p.observe(ctx)
	if failed != nil {
		return nil, failed
	}
	if err != nil {
		o.refused(err)
	}
	return o, nil
}

// fatal tells an error that ends the play from one that is an answer.
func fatal(err error) bool {
	return errors.Is(err, storage.ErrClosed) || errors.Is(err, storage.ErrFull) || errors.Is(err, context.Canceled)
}

func (p *player) do(ctx context.Context, w word) error {
	switch w.Do {
	case "observe":
		return nil
	case "restart":
		if err := p.store.Close(); err != nil {
			return err
		}
		return p.open(ctx)
	case "advance":
		return p.advance(ctx, w)
	case "fire":
		return p.fire(ctx)
	}
	err := p.engine.Update(ctx, func(tx *engine.Tx) error { return p.deed(tx, w) })
	if err == nil && p.robots {
		err = p.settle(ctx)
	}
	return err
}

// deed does a command that changes instances.
func (p *player) deed(tx *engine.Tx, w word) error {
	switch w.Do {
	case "start":
		_, err := tx.Start(engine.Start{Process: w.Process, Variables: w.Vars, Key: w.Key})
		return err
	case "complete":
		id, err := p.task(tx, w.Task)
		if err != nil {
			return err
		}
		return tx.Complete(id, w.Vars, w.Flow)
	case "trigger":
		_, err := tx.Trigger(w.Element, w.Vars)
		return err
	case "job":
		return p.job(tx, w)
	case "message":
		_, err := tx.Message(engine.Message{Name: w.Name, Key: w.Key, Variables: w.Vars, Element: w.Element})
		return err
	case "signal":
		return tx.Signal(w.Name, w.Vars)
	case "set", "cancel":
		id, err := p.instance(tx, w.Instance)
		if err != nil {
			return err
		}
		if w.Do == "set" {
			return tx.Set(id, w.Vars)
		}
		return tx.Cancel(id)
	case "resolve":
		return tx.Resolve(w.Incident, w.Vars)
	}
	return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("%q is no command", w.Do)}
}

// task finds an open task by its id, its element's id, or its name.
func (p *player) task(tx *engine.Tx, name string) (string, error) {
	found := ""
	err := p.each(tx, func(i *engine.Instance) {
		for _, t := range i.Tokens {
			if t.Task != nil && found == "" && (engine.OuterID(i.ID, t.ID) == name || t.Element == name || t.Label() == name) {
				found = engine.OuterID(i.ID, t.ID)
			}
		}
	})
	if err == nil && found == "" {
		err = &engine.Refused{Code: "task_not_open", Element: name, Message: fmt.Sprintf("no open task %q", name)}
	}
	return found, err
}

// job ends an open job, found by its id, its element or its type.
func (p *player) job(tx *engine.Tx, w word) error {
	found := ""
	err := p.each(tx, func(i *engine.Instance) {
		for _, j := range i.Jobs {
			if found == "" && j.State != engine.JobStuck && (engine.OuterID(i.ID, j.ID) == w.Job || j.Element == w.Job || j.Topic == w.Job) {
				found = engine.OuterID(i.ID, j.ID)
			}
		}
	})
	switch {
	case err != nil:
		return err
	case found == "":
		return &engine.Refused{Code: "job_not_open", Element: w.Job, Message: fmt.Sprintf("no open job %q", w.Job)}
	}
	switch w.Result {
	case "complete", "":
		return tx.CompleteJob(found, "", w.Vars)
	case "fail":
		left := -1
		if w.Retries != nil {
			left = *w.Retries
		}
		return tx.FailJob(found, "", w.Message, left)
	case "error":
		return tx.ThrowJob(found, "", w.Code, w.Message, w.Vars)
	}
	return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("%q is no result of a job: complete, fail or error", w.Result)}
}

// instance gives the id, or that of the only root instance where none is named.
func (p *player) instance(tx *engine.Tx, id string) (string, error) {
	if id != "" {
		return id, nil
	}
	var roots []string
	err := p.each(tx, func(i *engine.Instance) {
		if i.Parent == nil && i.State == engine.Active {
			roots = append(roots, i.ID)
		}
	})
	switch {
	case err != nil:
		return "", err
	case len(roots) != 1:
		return "", &engine.Refused{Code: "instance_unclear", Message: fmt.Sprintf("%d root instances run: say which", len(roots))}
	}
	return roots[0], nil
}

// each calls fn with every instance, in order of start.
func (p *player) each(tx *engine.Tx, fn func(*engine.Instance)) error {
	var ids []string
	for hit, err := range tx.Scan(storage.Range{Kind: "instance", Keys: true}) {
		if err != nil {
			return err
		}
		ids = append(ids, hit.Ref.ID)
	}
	for _, id := range ids {
		i, err := tx.Instance(id)
		if err != nil {
			return err
		}
		fn(i)
	}
	return nil
}

// advance moves the clock, each timer firing at its own time on the way.
func (p *player) advance(ctx context.Context, w word) error {
	var to time.Time
	switch {
	case w.By != "" && w.To == "":
		period, err := schedule.ParsePeriod(w.By)
		if err != nil {
			return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("advance by %q: %s", w.By, err)}
		}
		to = period.After(p.clock)
	case w.To != "" && w.By == "":
		at, err := time.Parse(time.RFC3339, w.To)
		if err != nil {
			return &engine.Refused{Code: "no_command", Message: fmt.Sprintf("advance to %q: no time", w.To)}
		}
		to = at
	default:
		return &engine.Refused{Code: "no_command", Message: "advance by a duration or to a time"}
	}
	if to.Before(p.clock) {
		return &engine.Refused{Code: "no_command", Message: "the clock goes forward only"}
	}
	for {
		due, any, err := p.due(ctx)
		if err != nil {
			return err
		}
		if !any || due.After(to) {
			return p.tick(ctx, to)
		}
		if err := p.fireAt(ctx, due); err != nil {
			return err
		}
	}
}

func (p *player) fire(ctx context.Context) error {
	due, any, err := p.due(ctx)
	if err != nil {
		return err
	}
	if !any {
		return &engine.Refused{Code: "no_timer", Message: "no timer waits"}
	}
	return p.fireAt(ctx, due)
}

func (p *player) due(ctx context.Context) (due time.Time, any bool, err error) {
	err = p.engine.View(ctx, func(tx *engine.Tx) (err error) {
		due, any, err = tx.Due()
		return err
	})
	return due, any, err
}

// fireAt fires what is due at a moment, or was before: those times have gone by.
func (p *player) fireAt(ctx context.Context, due time.Time) error {
	if due.After(p.clock) {
		if err := p.tick(ctx, due); err != nil {
			return err
		}
	}
	if _, err := p.engine.FireDue(ctx, 0); err != nil {
		return err
	}
	if p.robots {
		return p.settle(ctx)
	}
	return nil
}
