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
