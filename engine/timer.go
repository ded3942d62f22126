package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/voronka/voronka/bpmn"
	"github.com/voronka/voronka/engine/expression"
	"github.com/voronka/voronka/engine/schedule"
	"github.com/voronka/voronka/storage"
)

// timer compiles a timer's text, and its value where it has no holes.
func (c *compiler) timer(t *bpmn.Timer, at bpmn.Element) *expression.Text {
	if t == nil || strings.TrimSpace(t.Text) == "" {
		return nil // said by bpmn.Check
	}
	if t.Place != (bpmn.Place{}) {
		at.Place = t.Place
	}
	source := unquoted(strings.TrimSpace(t.Text))
	if rest, ok := strings.CutPrefix(source, "="); ok {
		source = "${" + rest + "}"
	}
	text := c.textAt(source, at)
	if text == nil {
		return nil
	}
	if fixed, ok := text.Constant(); ok {
		var err error
		switch t.Kind {
		case bpmn.TimeDate:
			_, err = schedule.ParseDate(fixed, time.UTC)
		case bpmn.TimeDuration:
			_, err = schedule.ParsePeriod(fixed)
		case bpmn.TimeCycle:
			_, err = schedule.ParseCycle(fixed, time.UTC)
		}
		if err != nil {
			c.problem("timer_invalid", at, "%s of %q: %s", t.Kind, at.ID, err)
		}
	}
	return text
}

// unquoted is a text that was written as a string of the expression language.
func unquoted(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] && strings.Count(s, s[:1]) == 2 {
		return s[1 : n-1]
	}
	return s
}

// time computes when a timer wait is first due.
func (x *execution) time(w *Wait, t *trigger) error {
	if t.timer == nil {
		return troublef("timer_missing", "timer %q does not say when", x.n.ID)
	}
	v, err := x.fill(t.timer)
	if err != nil {
		return err
	}
	w.Origin = plain(v)
	w.Due, w.Fired = nil, 0
	if v == nil || v == "" {
		w.Origin = ""
		return nil
	}
	if t.Timer.Kind == bpmn.TimeCycle {
		if text, ok := v.(string); ok {
			cycle, err := schedule.ParseCycle(strings.TrimSpace(text), x.zone())
			if err != nil {
				return troublef("timer_invalid", "timer %q: %s", x.n.ID, err)
			}
			if due, ok := cycle.First(w.Since); ok {
				w.Due = at(due)
			}
			return nil
		}
	}
	due, _, err := x.timeOf(v, w.Since)
	w.Due = due
	return err
}

func at(t time.Time) *time.Time {
	t = t.UTC()
	return &t
}

// timeOf reads a value as a moment, counted from a beginning where it is a duration.
func (x *execution) timeOf(v any, from time.Time) (*time.Time, bool, error) {
	switch v := v.(type) {
	case nil:
		return nil, false, nil
	case time.Time:
		return at(v), false, nil
	case expression.Date:
		return at(x.dayStart(v)), false, nil
	case schedule.Period:
		return at(v.After(from.In(x.zone()))), true, nil
	case time.Duration:
		return at(from.Add(v)), true, nil
	case string:
		v = strings.TrimSpace(v)
		if v == "" {
			return nil, false, nil
		}
		if p, err := schedule.ParsePeriod(v); err == nil {
			return at(p.After(from.In(x.zone()))), true, nil
		}
		moment, err := schedule.ParseDate(v, x.zone())
		if err != nil {
			return nil, false, troublef("timer_invalid", "timer of %q: %s", x.n.ID, err)
		}
		return at(moment), false, nil
	}
	return nil, false, troublef("timer_invalid", "timer of %q gives %v, which is no time", x.n.ID, v)
}

func (x *execution) zone() *time.Location {
	if d := x.tx.engine.opts.Domain; d != nil {
		if _, zone := d.Context(x.tx, x.i, x.t); zone != nil {
			return zone
		}
	}
	return time.UTC
}

// dayStart is when a date falls due: where the domain has a calendar, when that day's working time begins.
func (x *execution) dayStart(d expression.Date) time.Time {
	if domain := x.tx.engine.opts.Domain; domain != nil {
		context, _ := domain.Context(x.tx, x.i, x.t)
		if c, ok := context.(interface {
			DayStart(expression.Date) time.Time
		}); ok {
			return c.DayStart(d)
		}
	}
	return d.In(x.zone())
}

// tick sets a timer that has fired to its next time, if it has one.
func (x *execution) tick(w *Wait, t *trigger) error {
	w.Fired++
	was := w.Due
	w.Due = nil
	x.i.dirty = true
	if t.Timer.Kind == bpmn.TimeCycle && was != nil {
		cycle, err := schedule.ParseCycle(w.Origin, x.zone())
		if err != nil {
			return troublef("timer_invalid", "timer %q: %s", x.n.ID, err)
		}
		if due, ok := cycle.Next(*was, w.Fired); ok {
			w.Due = at(due)
			return nil
		}
	}
	if w.Due == nil && len(t.timer.Names()) == 0 {
		x.t.Waits = without(x.t.Waits, w)
	}
	return nil
}

// retime lets the timers that read what was changed follow it: an empty field means that the timer waits, a new value moves it.
func (tx *Tx) retime(i *Instance, changed []string) error {
	for n := 0; n < len(i.Tokens); n++ {
		t := i.Tokens[n]
		for _, w := range t.Waits {
			if w.Kind != WaitTimer {
				continue
			}
			trigger := i.trigger(w)
			if trigger == nil || trigger.timer == nil || !reads(trigger.timer.Names(), changed) {
				continue
			}
			x := tx.at(i, t)
			fresh := &Wait{Since: w.Since}
			if err := x.time(fresh, trigger); err != nil {
				if err = x.stick(err); err != nil {
					return err
				}
				break
			}
			if fresh.Origin != w.Origin {
				w.Origin, w.Due, w.Fired = fresh.Origin, fresh.Due, 0
				i.dirty = true
			}
		}
	}
	return nil
}

func reads(names, changed []string) bool {
	for _, n := range names {
		if slices.Contains(changed, n) {
			return true
		}
	}
	return false
}

// trigger is the event definition that a wait was armed for.
func (i *Instance) trigger(w *Wait) *trigger {
	n := i.prog.nodes[w.Element]
	switch {
	case n == nil:
		return nil
	case w.Beside != "":
		if l := n.listener(w.Beside); l != nil {
			return l.timer
		}
	case w.Event < len(n.triggers):
		return &n.triggers[w.Event]
	}
	return nil
}

// Due is the next moment at which a timer fires, and whether there is one.
func (tx *Tx) Due() (time.Time, bool, error) {
	for hit, err := range tx.Scan(storage.Range{Index: indexDue, Limit: 1, Keys: true}) {
		if err != nil {
			return time.Time{}, false, err
		}
		due, err := dueOf(hit.Key)
		return due, err == nil, err
	}
	return time.Time{}, false, nil
}

func dueOf(key string) (time.Time, error) {
	text, _, _ := strings.Cut(key, "\x00")
	return time.Parse("2006-01-02T15:04:05.000000Z", text)
}

// Timers are the records whose timers are due by the given time, at most so many, the earliest first.
func (tx *Tx) Timers(by time.Time, limit int) ([]storage.Ref, error) {
	var all []storage.Ref
	seen := map[storage.Ref]bool{}
	r := storage.Range{Index: indexDue, To: storage.Time(by.Add(time.Microsecond)), Limit: limit, Keys: true}
	for hit, err := range tx.Scan(r) {
		if err != nil {
			return nil, err
		}
		if !seen[hit.Ref] {
			seen[hit.Ref] = true
			all = append(all, hit.Ref)
		}
	}
	return all, nil
}

// Fire fires the timers of a record that are due by now, the earliest first, and tells how many. Overdue ones fire once.
func (tx *Tx) Fire(ref storage.Ref) (int, error) {
	if ref.Kind == kindProcess {
		return tx.fireStarts(ref.ID)
	}
	if ref.Kind == kindMailbox || ref.Kind == kindMessage {
		return 0, tx.expire(ref)
	}
	if ref.Kind == kindBroadcast {
		return tx.send(ref.ID)
	}
	i, err := tx.Instance(ref.ID)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if i.Expires != nil && !i.Expires.After(tx.now) {
		return 0, tx.forget(i)
	}
	fired := 0
	for _, t := range i.Tokens {
		if t.pending() {
			return 1, tx.at(i, t).moreTurns()
		}
	}
	done := map[int]bool{}
	for i.State == Active {
		t, w := i.next(tx.now, done)
		if w == nil {
			break
		}
		done[w.ID] = true
		fired++
		if err := tx.fire(i, t, w); err != nil {
			return fired, err
		}
		if err := tx.run(); err != nil {
			return fired, err
		}
	}
	return fired, nil
}

// fire lets one timer happen. A cycle whose times were missed fires once and goes on from now.
func (tx *Tx) fire(i *Instance, t *Token, w *Wait) error {
	tx.request = w.Request
	instance, element, request, late := i.ID, w.Element, w.Request, tx.now.Sub(*w.Due)
	tx.then(func() {
		tx.engine.opts.Watch.Fired(late)
		tx.engine.line(zerolog.InfoLevel, request, instance).Str(FieldElement, element).Dur(FieldLate, late).Msg("timer")
	})
	x := tx.at(i, t)
	if err := x.happen(w, nil); err != nil {
		return err
	}
	for !w.Got && w.Due != nil && !w.Due.After(tx.now) {
		trigger := i.trigger(w)
		if trigger == nil || trigger.Timer.Kind != bpmn.TimeCycle {
			break
		}
		if err := x.tick(w, trigger); err != nil {
			return x.stick(err)
		}
	}
	i.dirty = true
	return nil
}

// next is the timer due first, but for those that have fired in this deed.
func (i *Instance) next(now time.Time, done map[int]bool) (token *Token, wait *Wait) {
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if w.Due != nil && !w.Got && !w.Due.After(now) && !done[w.ID] && (wait == nil || w.Due.Before(*wait.Due)) {
				token, wait = t, w
			}
		}
	}
	return token, wait
}

// fireStarts starts an instance for each timer start event that is due.
func (tx *Tx) fireStarts(process string) (int, error) {
	l, err := tx.latest(process)
	if err != nil || l == nil {
		return 0, err
	}
	prog, err := tx.program(l.Definition)
	if err != nil {
		return 0, err
	}
	fired := 0
	for _, w := range l.Starts {
		if w.Due == nil || w.Got || w.Due.After(tx.now) {
			continue
		}
		fired++
		if err := tx.startTick(l, prog, w); err != nil {
			return fired, fmt.Errorf("start %s by timer: %w", process, err)
		}
	}
	return fired, nil
}

// startTick starts an instance by a timer, and sets it to its next time.
func (tx *Tx) startTick(l *latest, prog *program, w *Wait) error {
	if _, err := tx.startBy(starter{l, w}, nil, ""); err != nil {
		return err
	}
	if w.Got || prog.nodes[w.Element].ParallelMultiple {
		return nil // it waits for its fellows, or has been set with them
	}
	if err := tx.restart(l, prog, w); err != nil {
		return err
	}
	return tx.putLatest(l)
}

// restart sets the timer of a start event to its next time.
func (tx *Tx) restart(l *latest, prog *program, w *Wait) error {
	x := tx.at(&Instance{Definition: l.Definition, Process: l.id, prog: prog}, &Token{node: prog.nodes[w.Element]})
	for w.Due != nil && !w.Due.After(tx.now) {
		if err := x.tick(w, &prog.nodes[w.Element].triggers[w.Event]); err != nil {
			return err
		}
	}
	return nil
}

// FireDue fires what is due now, record by record, each in its own transaction, and tells how many timers fired.
func (e *Engine) FireDue(ctx context.Context, limit int) (int, error) {
	refs, err := e.dueNow(ctx, limit)
	if err != nil {
		return 0, err
	}
	total := 0
	var failed error // one record that can't be fired holds up no other
	for _, ref := range refs {
		fired, err := e.fire(ctx, ref)
		total, failed = total+fired, errors.Join(failed, err)
	}
	return total, failed
}

func (e *Engine) dueNow(ctx context.Context, limit int) (refs []storage.Ref, err error) {
	err = e.View(ctx, func(tx *Tx) (err error) {
		refs, err = tx.Timers(tx.Now(), limit)
		return err
	})
	return refs, err
}

// fire fires the timers of a record that are due, and tells how many.
func (e *Engine) fire(ctx context.Context, ref storage.Ref) (fired int, err error) {
	err = e.Update(ctx, func(tx *Tx) (err error) {
		fired, err = tx.Fire(ref)
		return err
	})
	if err == nil {
		return fired, nil
	}
	var no Refusal
	for _, quiet := range []bool{false, true} { // there may be no room for the incident
		if why := err; errors.As(why, &no) {
			err = e.Update(ctx, func(tx *Tx) error { return tx.refusedTimer(ref, why, quiet) })
		}
	}
	if err != nil {
		err = fmt.Errorf("fire the timers of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return 0, err
}

// putOffBy is when a timer is tried again whose firing was refused.
const putOffBy = time.Hour

// refusedTimer puts off the timers of an instance that are due, because what they would do was refused, and raises an incident, if it
// is not quiet.
func (tx *Tx) refusedTimer(ref storage.Ref, why error, quiet bool) error {
	if ref.Kind == kindBroadcast {
		return tx.unheard(ref.ID, why, quiet)
	}
	if ref.Kind != kindInstance {
		return why
	}
	i, err := tx.Instance(ref.ID)
	if err != nil {
		return err
	}
	for _, t := range i.Tokens {
		for _, w := range t.Waits {
			if w.Due == nil || w.Got || w.Due.After(tx.now) {
				continue
			}
			w.Due = at(tx.now.Add(putOffBy))
			known := func(n *Incident) bool { return n.Code == "timer_refused" && n.Element == w.Element }
			if !quiet && !slices.ContainsFunc(i.Incidents, known) {
				tx.raise(i, &Incident{Element: w.Element, Code: "timer_refused", Message: why.Error(), Variables: tx.seen(i, t)})
			}
		}
	}
	i.dirty = true
	return nil
}
