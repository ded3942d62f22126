package engine

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// A job that is written while a worker of the same process has nothing to do goes to it at once: it is leased in the deed that writes it,
// and begun when that is committed. That saves the worker a look at what waits, and the job a commit. Where jobs wait already, a new one
// waits behind them.

// crew are the workers that run over an engine in this process.
type crew struct {
	mu    sync.Mutex
	posts []*post
}

func (c *crew) join(p *post) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = append(c.posts, p)
}

// leave sees to it that a worker is handed nothing more, but for what was leased to it.
func (c *crew) leave(p *post) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = slices.DeleteFunc(c.posts, func(other *post) bool { return other == p })
}

// idle is a worker for a topic that has nothing to do, with a slot taken; nil where there is none.
func (c *crew) idle(topic string) *post {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.posts {
		if p.Handlers[topic] == nil || !p.idle.Load() {
			continue
		}
		select {
		case p.slots <- struct{}{}:
			p.busy.Add(1)
			return p
		default:
		}
	}
	return nil
}

// post is a worker at work.
type post struct {
	*Worker
	ctx   context.Context // of its Run
	slots chan struct{}   // one for each job that it is at
	busy  sync.WaitGroup  // the same
	hints atomic.Uint64   // that there is something to do
	idle  atomic.Bool     // nothing waits for it
	nudge func()
}

func (p *post) hint() {
	p.hints.Add(1)
	p.idle.Store(false)
	p.nudge()
}

// begin does a job for which there is a slot.
func (p *post) begin(job Claimed) {
	go func() {
		defer p.free()
		p.do(p.ctx, job)
	}()
}

// free gives a slot back.
func (p *post) free() {
	<-p.slots
	p.busy.Done()
	if !p.idle.Load() {
		p.nudge()
	}
}

// handed is a job that was leased to a worker by the deed that wrote it.
type handed struct {
	post *post
	job  Claimed
}

// hand leases the new jobs of an instance to workers that have nothing to do.
func (tx *Tx) hand(i *Instance) {
	for _, j := range i.Jobs {
		if !j.fresh || j.State != JobDue || j.Due.After(tx.now) {
			continue
		}
		if p := tx.engine.crew.idle(j.Topic); p != nil {
			j.lease(p.Name, tx.now.Add(tx.engine.opts.Limits.Lease))
			tx.handed = append(tx.handed, handed{p, i.claimed(j)})
			j.fresh = false
		}
	}
}

// handOver lets those jobs begin that the rest of the deed has left as they were handed.
func (tx *Tx) handOver() {
	for _, h := range tx.handed {
		_, j, err := tx.Job(h.job.ID)
		if err == nil && j.State == JobLeased && j.Worker == h.post.Name {
			h.post.begin(h.job)
		} else {
			h.post.free()
		}
	}
	tx.handed = nil
}

// takeBack gives back the slots of jobs that a run of a deed handed over and that is not committed. Where nobody knows whether it is, the
// job may wait for the end of its lease.
func (tx *Tx) takeBack() {
	for _, h := range tx.handed {
		h.post.free()
	}
	tx.handed = nil
}
