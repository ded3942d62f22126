package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/web"
)

func serveCommand() *cobra.Command {
	data, place, listen, level := "", "", "", ""
	o := server.Options{}
	c := &cobra.Command{
		Use:   "serve --data DIR|--store URL [--listen ADDR]",
		Short: "Serve the boards, the API and the robots over a data folder or a database",
		Long: "Opens the data folder, which is made where it is missing, and serves until it is told to stop (SIGTERM, Ctrl-C): then running\n" +
			"requests and robots finish, and nothing acknowledged is lost. Over an empty folder it makes the person admin and prints the\n" +
			"password once. With --store it keeps everything in a PostgreSQL database instead, which any number of servers may share.",
		Args: cobra.NoArgs,
		Example: "  voronka serve --data /var/lib/voronka --listen 127.0.0.1:8080\n" +
			"  voronka serve --store postgres://voronka@db/voronka",
		RunE: func(c *cobra.Command, _ []string) error {
			at, err := zerolog.ParseLevel(level)
			if err != nil {
				return fmt.Errorf("--log %q is no level: debug, info, warn or error", level)
			}
			log := logger(os.Stderr, at)
			if place == "" {
				place = data
			} else if !inDatabase(place) {
				return fmt.Errorf("--store %s is no postgres:// URL; a data folder is --data", shown(place))
			}
			store, err := openStore(c.Context(), place)
			if err != nil {
				return err
			}
			defer store.Close()
			a := newApp(store, engine.Options{Log: log})
			if err := a.firstPerson(c.Context(), c.OutOrStdout()); err != nil {
				return err
			}
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "Voronka serves %s on http://%s\n", shown(place), l.Addr())
			o.Log = log
			return a.serve(c.Context(), store, l, o)
		},
	}
	c.Flags().StringVar(&data, "data", "data", "the data folder")
	c.Flags().StringVar(&place, "store", "", "the database to use in place of a data folder: postgres://user:password@host/database")
	c.MarkFlagsMutuallyExclusive("data", "store")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on")
	c.Flags().StringVar(&level, "log", "info", "what to log: debug, info, warn or error")
	c.Flags().BoolVar(&o.Secure, "secure", false, "sessions go over TLS only, which ends in a proxy before this server")
	c.Flags().StringSliceVar(&o.Origins, "origin", nil, "another site whose pages may call the API, as https://crm.example.com")
	return c
}

// serve runs the scheduler, the robots and the server until ctx ends, then waits for what they are at. The server stops first, so
// that what it acknowledged meets an engine that still works.
func (a *app) serve(ctx context.Context, store storage.Store, l net.Listener, o server.Options) error {
	o.Engine, o.Cards, o.Version = a.engine, a.cards, version()
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
