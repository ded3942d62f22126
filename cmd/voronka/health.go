package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthCommand() *cobra.Command {
	at, exclude, alive := "", []string(nil), false
	c := &cobra.Command{
		Use:   "health [--server URL] [--exclude timers | --alive]",
		Short: "Ask a running server whether it takes requests",
		Long: "Asks /readyz, and says what is wrong where something is: the server stops, its store is away, or its timers are late. It ends with\n" +
			"0 where all is well and with 1 where it is not, so that it can be the health check of a container. Without --server it asks the\n" +
			"address of VORONKA_LISTEN on this machine.",
		Args:    cobra.NoArgs,
		Example: "  voronka health --server http://127.0.0.1:8080",
		RunE: func(c *cobra.Command, _ []string) error {
			path := "/readyz"
			if alive {
				path = "/healthz"
			}
			why, err := askHealth(c.Context(), cmp.Or(at, here(os.Getenv(variable("listen")))), path, exclude)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), cmp.Or(why, "well"))
			if why != "" {
				return answerNo{}
			}
			return nil
		},
	}
	c.Flags().StringVar(&at, "server", os.Getenv("VORONKA_SERVER"), "address of the server, as http://127.0.0.1:8080")
	c.Flags().StringSliceVar(&exclude, "exclude", nil, "what may be wrong: timers, which are no reason to take a server away from people")
	c.Flags().BoolVar(&alive, "alive", false, "ask only whether the process answers")
	c.MarkFlagsMutuallyExclusive("alive", "exclude")
	return c
}

// here is where this machine reaches a server that listens on an address.
func here(listen string) string {
	host, port, err := net.SplitHostPort(cmp.Or(listen, defaultListen))
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if os.Getenv(variable("tls-cert")) != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}

// asking is what asks a server: one that this machine's own environment gave a certificate is known by it.
func asking(at string) (*http.Client, error) {
	if own := os.Getenv(variable("tls-cert")); own != "" && at == here(os.Getenv(variable("listen"))) {
		return trusting(own)
	}
	return http.DefaultClient, nil
}

// askHealth gives what is wrong; nothing where all is well.
func askHealth(ctx context.Context, at, path string, exclude []string) (why string, err error) {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(at, "/")+path+"?"+url.Values{"exclude": exclude}.Encode(), nil)
	if err != nil || r.URL.Host == "" {
		return "", fmt.Errorf("--server %q is no address: write http://127.0.0.1:8080", at)
	}
	r.Header.Set("Accept-Language", "en")
	ask, err := asking(at)
	if err != nil {
		return "", err
	}
	answer, err := ask.Do(r)
	if err != nil {
		return err.Error(), nil
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return "", nil
	}
	var problem struct{ Code, Detail string }
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil || problem.Code == "" {
		return "it answers " + answer.Status, nil
	}
	return problem.Code + ": " + problem.Detail, nil
}
