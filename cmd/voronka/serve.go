package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/web"
)

// service is what serve runs, as its flags say.
type service struct {
	data, store, listen string
	level, format       string
	figures, profile    string
	proxies             []string
	chain, key          string // of TLS
	options             server.Options
	limits              engine.Limits
}

// defaultListen is this machine only.
const defaultListen = "127.0.0.1:8080"

func serveCommand() *cobra.Command {
	s := &service{}
	c := &cobra.Command{
		Use:   "serve --data DIR|--store URL [--listen ADDR]",
		Short: "Serve the boards, the API and the robots over a data folder or a database",
		Long: "Opens the data folder, which is made where it is missing, and serves until it is told to stop (SIGTERM, Ctrl-C): then running\n" +
			"requests and robots finish, and nothing acknowledged is lost. Over an empty folder it makes the person admin and prints the\n" +
			"password once. With --store it keeps everything in a PostgreSQL database instead, which any number of servers may share.",
		Args: cobra.NoArgs,
		Example: "  voronka serve --data /var/lib/voronka --listen 127.0.0.1:8080\n" +
			"  voronka serve --store postgres://voronka@db/voronka",
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c) },
	}
	f := c.Flags()
	f.StringVar(&s.data, "data", "data", "the data folder")
	f.StringVar(&s.store, "store", "", "the database to use in place of a data folder: postgres://user:password@host/database")
	c.MarkFlagsMutuallyExclusive(places...)
	f.StringVar(&s.listen, "listen", defaultListen, "address to listen on")
	f.DurationVar(&s.limits.Lease, "lease", 5*time.Minute, "how long a robot may be at a job before it is given to another one, as when a server died")
	f.DurationVar(&s.options.Limits.Drain, "drain", 0, "how long to go on after being told to stop while /readyz says so: longer than a load balancer needs to notice")
	f.StringVar(&s.level, "log", "info", "what to log: debug, info, warn or error")
	f.StringVar(&s.format, "log-format", "", "how: console for people, json for machines; by default what stands at the other end decides")
	f.StringVar(&s.figures, "metrics", "", "address of one more listener that tells /metrics to whoever asks: one that only your own network reaches")
	f.StringVar(&s.profile, "pprof", "", "address of this machine for one more listener with profiles of the program, as 127.0.0.1:6060")
	f.StringVar(&s.chain, "tls-cert", "", "file of the certificate to serve TLS with, PEM, those of its issuers behind it; a renewed one is used at once")
	f.StringVar(&s.key, "tls-key", "", "file of its key")
	c.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	f.BoolVar(&s.options.Secure, "secure", false, "sessions go over TLS only, which ends in a proxy before this server")
	f.StringSliceVar(&s.options.Origins, "origin", nil, "another site whose pages may call the API, as https://crm.example.com")
	f.StringSliceVar(&s.proxies, "proxy", nil, "a proxy before this server, as 10.0.0.0/8: it is believed who asks, and whether by TLS")
	return fromEnvironment(c)
}

func (s *service) run(c *cobra.Command) error {
	ctx, out := c.Context(), c.OutOrStdout()
	log, err := s.check()
	if err != nil {
		return err
	}
	for _, name := range strangers(c) {
		log.Warn().Str("name", name).Msg("no flag goes by this variable")
	}
	boss, err := newSupervisor()
	if err != nil {
		return err
	}
	boss.say("STATUS=Opening the store")
	place := cmp.Or(s.store, s.data)
	store, err := openStore(ctx, place)
	if err != nil {
		return err
	}
	defer store.Close()
	a, err := openApp(ctx, store, engine.Options{Log: log, Limits: s.limits})
	if err != nil {
		return err
	}
	if err := a.firstPerson(ctx, out); err != nil {
		return err
	}
	for _, beside := range []struct {
		flag, address string
		http.Handler
	}{{"--metrics", s.figures, a.metrics}, {"--pprof", s.profile, profiles()}} {
		stop, err := side(beside.flag, beside.address, beside.Handler)
		if err != nil {
			return err
		}
		defer stop()
	}
	l, url, err := s.open(log)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Voronka serves %s on %s\n", shown(place), url)
	defer boss.attend(ctx, a.metrics.LastLook)()
	s.options.Log = log
	return a.serve(ctx, store, l, s.options)
}

// open listens, over TLS where there is a certificate. It warns of what goes over a network in clear.
func (s *service) open(log zerolog.Logger) (l net.Listener, url string, err error) {
	var shows *certificate
	if s.chain != "" {
		if shows, err = openCertificate(s.chain, s.key, log); err != nil {
			return nil, "", err
		}
	}
	if l, err = net.Listen("tcp", s.listen); err != nil {
		return nil, "", err
	}
	if shows != nil {
		return shows.over(l), "https://" + l.Addr().String(), nil
	}
	if !s.options.Secure && !loopback(l.Addr().String()) {
		log.Warn().Str("address", l.Addr().String()).
			Msg("passwords and sessions go over the network in clear: give --tls-cert and --tls-key, or --secure where a proxy before this server ends TLS")
	}
	return l, "http://" + l.Addr().String(), nil
}

// check refuses flags that can't be meant, and makes the log.
func (s *service) check() (log zerolog.Logger, err error) {
	if s.store != "" && !inDatabase(s.store) {
		return log, fmt.Errorf("--store %s is no postgres:// URL; a data folder is --data", shown(s.store))
	}
	if s.profile != "" && !loopback(s.profile) {
		return log, fmt.Errorf("--pprof %q: profiles show what is in memory, so they are told to this machine only; write 127.0.0.1:6060", s.profile)
	}
	for _, proxy := range s.proxies {
		p, err := netip.ParsePrefix(proxy)
		if err != nil {
			return log, fmt.Errorf("--proxy %q is no range of addresses: write 10.0.0.0/8, or 192.0.2.7/32 for one", proxy)
		}
		s.options.Proxies = append(s.options.Proxies, p.Masked())
	}
	level, err := zerolog.ParseLevel(s.level)
	if err != nil || s.level == "" {
		return log, fmt.Errorf("--log %q is no level: debug, info, warn or error", s.level)
	}
	return logger(os.Stderr, level, s.format)
}

// serve runs the scheduler, the robots and the server until ctx ends, then waits for what they are at. The server stops first, so
// that what it acknowledged meets an engine that still works.
func (a *app) serve(ctx context.Context, store storage.Store, l net.Listener, o server.Options) error {
	o.Engine, o.Cards, o.Metrics, o.Version = a.engine, a.cards, a.metrics, version()
	if dist, built := web.Dist(); built {
		o.Web = dist
	}
	s, err := server.New(o)
	if err != nil {
		l.Close()
		return err
	}
	inside, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 2)
	go func() { ended <- (&engine.Scheduler{Engine: a.engine, Log: o.Log}).Run(inside) }()
	go func() { ended <- a.worker.Run(inside) }()
	err = s.Serve(ctx, l)
	stop()
	return errors.Join(err, <-ended, <-ended)
}

// firstPerson makes the person admin where there is nobody yet, and prints the password.
func (a *app) firstPerson(ctx context.Context, out io.Writer) error {
	password := string(access.NewToken())[:20]
	hash, err := access.HashPassword(password)
	if err != nil {
		return err
	}
	made := false
	err = a.engine.Update(ctx, func(tx *engine.Tx) error {
		made = false
		people, err := access.Users(tx)
		if err != nil || len(people) > 0 {
			return err
		}
		made = true
		_, err = access.Create(tx, access.System("serve"), access.User{ID: "admin", Name: "admin", Roles: []string{"admin"}, Language: "ru", Active: true}, hash)
		return err
	})
	if err == nil && made {
		fmt.Fprintf(out, "Nobody is here yet: sign in as admin with the password %s and change it.\n", password)
	}
	return err
}
