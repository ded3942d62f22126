// Package server is the HTTP face of Voronka: sessions, the API under /api/v1, the live stream, intake forms and the files of the
// web application. It is thin: a handler reads the request, opens one View or one Update, calls the deed of a crm package and writes
// down the answer. openapi.yaml is the whole contract.
package server

import (
	"context"
	"errors"
	"io/fs"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"
	"github.com/rs/zerolog"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/engine"
)

// Options are the server's settings. Engine and Cards are needed; the zero value of all else works.
type Options struct {
	Engine  *engine.Engine
	Cards   *card.Cards    // the Domain of the engine
	Web     fs.FS          // the built pages; nil: a page that says how to build them
	Log     zerolog.Logger // a line for each request
	Metrics *Metrics       // the Watch of the engine; nil: figures of requests only
	Version string         // of the program, for /healthz
	Secure  bool           // the cookie is sent over TLS only, though TLS ends before us
	Origins []string       // other origins of our own site, whose pages may send what changes something: "https://crm.example.com"
	Demo    []DemoPerson   // of a demo: told to everyone with their passwords; none anywhere else
	Proxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto are believed
	Limits  Limits
}

// Limits stop what runs away.
type Limits struct {
	Body    int64         // bytes of a JSON body: 1 MiB
	Upload  int64         // bytes of an upload of diagrams or of a file: 32 MiB
	Timeout time.Duration // of a request that is no stream: 30 seconds
	Running int           // requests at a time, streams not counted, and a quarter of it for one network: 256
	Uploads int           // of diagrams or files at a time, each in memory whole: 4
	Streams int           // live streams at a time, and a tenth of it for one person: 1,000
	Late    time.Duration // how late a timer may be before /readyz says so: 10 seconds
	Drain   time.Duration // how long Serve goes on as before at its end, while /readyz says that it stops: not at all
	Grace   time.Duration // how long Serve then waits for running requests: 30 seconds
	Beat    time.Duration // how often a stream shows that it is alive: 20 seconds
}

func (l Limits) filled() Limits {
	fill(&l.Body, 1<<20)
	fill(&l.Upload, 32<<20)
	fill(&l.Timeout, 30*time.Second)
	fill(&l.Running, 256)
	fill(&l.Uploads, 4)
	fill(&l.Streams, 1_000)
	fill(&l.Late, 10*time.Second)
	fill(&l.Grace, 30*time.Second)
	fill(&l.Beat, 20*time.Second)
	return l
}

func fill[T comparable](to *T, v T) {
	var zero T
	if *to == zero {
		*to = v
	}
}

// Server answers HTTP requests. It is an http.Handler; Close ends what it listens to.
type Server struct {
	opts    Options
	limits  Limits
	engine  *engine.Engine
	cards   *card.Cards
	mux     *mux.Router
	handler http.Handler
	origins *http.CrossOriginProtection
	running chan struct{}
	crowd   crowd
	uploads chan struct{}
	backups chan struct{}
	guard   *access.Guard
	intake  access.Limiter
	live    *live
	metrics *Metrics
	sweeper sweeper

	stopping  atomic.Bool // said by /readyz
	closing   context.Context
	close     context.CancelFunc
	closeOnce sync.Once
}

// New makes a server over an engine, which stays the caller's. It refuses origins that are none.
func New(o Options) (*Server, error) {
	s := &Server{opts: o, limits: o.Limits.filled(), engine: o.Engine, cards: o.Cards, guard: access.NewGuard()}
	s.intake = access.Limiter{Every: 10 * time.Second, Burst: 10}
	s.running = make(chan struct{}, s.limits.Running)
	s.crowd = crowd{most: max(1, s.limits.Running/4), networks: map[string]*places{}}
	s.uploads, s.backups = make(chan struct{}, s.limits.Uploads), make(chan struct{}, 1)
	s.closing, s.close = context.WithCancel(context.Background())
	s.origins = http.NewCrossOriginProtection()
	for _, origin := range o.Origins {
		if err := s.origins.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	s.live = newLive(s)
	if s.metrics = o.Metrics; s.metrics == nil {
		s.metrics = NewMetrics()
	}
	if err := s.metrics.of(s); err != nil {
		s.Close()
		return nil, err
	}
	s.mux = s.router()
	s.handler = s.chain(s.mux)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// router knows every route. It is one flat router: a subrouter would answer a wrong method with 404.
func (s *Server) router() *mux.Router {
	m := mux.NewRouter().SkipClean(true)
	for n := range routes {
		r := &routes[n]
		methods := []string{r.method}
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		m.Handle(r.path, s.door(r)).Methods(methods...)
	}
	m.NotFoundHandler = http.HandlerFunc(s.elsewhere)
	m.MethodNotAllowedHandler = http.HandlerFunc(s.otherMethod)
	return m
}

// Serve answers requests on the listener until ctx ends. Then /readyz says so for as long as Limits.Drain, and requests are answered as
// before; then streams end, running requests are waited for, and what was acknowledged is on disk.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer s.Close()
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          stdlog.New(connections{s.opts.Log}, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	select {
	case err := <-ended:
		return err
	case <-time.After(s.limits.Drain):
	}
	s.close()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), s.limits.Grace)
	defer stop()
	err := h.Shutdown(grace)
	if err != nil {
		h.Close()
	}
	if serving := <-ended; err == nil && !errors.Is(serving, http.ErrServerClosed) {
		err = serving
	}
	return err
}

// connections takes what net/http says of connections that came to nothing, which anyone can make it say as often as they like.
type connections struct{ log zerolog.Logger }

func (c connections) Write(p []byte) (int, error) {
	c.log.Debug().Str("cause", strings.TrimSpace(string(p))).Msg("a connection")
	return len(p), nil
}

// Close ends the live streams and stops listening to the store.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		s.close()
		s.live.stop()
	})
}
