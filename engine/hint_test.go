package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/memory"
)

// mute is a store whose hints are all lost.
type mute struct{ storage.Store }

func (m mute) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return m.Store.Update(ctx, func(tx storage.Tx) error { return fn(muted{tx}) })
}

type muted struct{ storage.Tx }

func (muted) Notify(string, string) {}

// Worker and scheduler look for themselves when they hear that hints were lost, and now and then in any case.
func TestLostHints(t *testing.T) {
	for name, told := range map[string]bool{"told of": true, "not told of": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New()
				deploy(t, engine.Open(store, engine.Options{}), service, line("q", begin, pause, end))
				e := engine.Open(store, engine.Options{})
				did := make(chan time.Time, 1)
				w := &engine.Worker{Engine: e, Name: "w", Handlers: map[string]engine.Handler{"mail": func(context.Context, engine.Claimed) (engine.Outcome, error) {
					did <- time.Now()
					return engine.Outcome{}, nil
				}}}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 2)
				go func() { ended <- w.Run(ctx) }()
				go func() { ended <- (&engine.Scheduler{Engine: e}).Run(ctx) }()
				time.Sleep(time.Second)
				began := time.Now()
				if err := engine.Open(mute{store}, engine.Options{}).Update(ctx, func(tx *engine.Tx) error {
					if _, err := tx.StartAs("a", engine.Start{Process: "p"}); err != nil {
						return err
					}
					_, err := tx.StartAs("b", engine.Start{Process: "q", Variables: map[string]engine.Value{"wait": []byte(`"PT0S"`)}})
					return err
				}); err != nil {
					t.Fatal(err)
				}
				most := 31 * time.Second
				if told {
					most = 20 * time.Millisecond
					for _, topic := range []string{engine.TopicJob, engine.TopicDue} {
						if err := store.Update(ctx, func(tx storage.Tx) error { tx.Notify(topic, ""); return nil }); err != nil {
							t.Fatal(err)
						}
					}
				}
				if late := (<-did).Sub(began); late > most || !told && late < time.Second {
					t.Errorf("the job was done after %s", late)
				}
				time.Sleep(most)
				if err := e.View(ctx, func(tx *engine.Tx) error {
					i, err := tx.Instance("b")
					if err == nil && (i.State != engine.Completed || i.Ended.Sub(began) > most) {
						t.Errorf("the timer has not fired, or late: %s", describe(i))
					}
					return err
				}); err != nil {
					t.Error(err)
				}
				stop()
				<-ended
				<-ended
			})
		})
	}
}
