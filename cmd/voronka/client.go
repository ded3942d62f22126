package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// client talks to a running server.
type client struct {
	server, token string
}

// flags adds --server and --token, which may stand in the environment as VORONKA_SERVER and VORONKA_TOKEN.
func (c *client) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.server, "server", os.Getenv("VORONKA_SERVER"), "address of a running server, as http://127.0.0.1:8080")
	cmd.Flags().StringVar(&c.token, "token", os.Getenv("VORONKA_TOKEN"), "an API token of a person who may do this")
}

// call sends a request to the API; an answer of 400 or more becomes an error in the server's own words.
func (c *client) call(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	base, err := url.Parse(c.server)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("--server %q is no address: write http://127.0.0.1:8080", c.server)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base.String(), "/")+"/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer: %w", c.server, errors.Unwrap(err))
	}
	if answer.StatusCode < http.StatusBadRequest || answer.StatusCode == http.StatusUnprocessableEntity {
		return answer, nil
	}
	defer answer.Body.Close()
	var problem struct{ Title, Detail string }
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil || problem.Title == "" {
		return nil, fmt.Errorf("the server answers %s", answer.Status)
	}
	return nil, fmt.Errorf("%s: %s", problem.Title, problem.Detail)
}
