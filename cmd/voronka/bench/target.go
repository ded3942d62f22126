package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// Target is a server that is put under load, as somebody who is signed in there.
type Target struct {
	url, token string
	client     *http.Client
	cards      []string // in the funnel for this; those that a run made itself
}

// NewTarget is the server at an address, as the bearer of a token; empty: SignIn comes next.
func NewTarget(address, token string) (*Target, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("--server %q is no address: write http://127.0.0.1:8080", address)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConns, pool.MaxIdleConnsPerHost = 0, 4096 // each client keeps its connection
	return &Target{
		url: strings.TrimSuffix(base.String(), "/") + "/api/v1", token: token,
		client: &http.Client{Transport: pool, Jar: jar, Timeout: time.Minute},
	}, nil
}

// answered is an answer that says no.
type answered struct {
	status        int
	title, detail string
}

func (a *answered) Error() string {
	if a.title == "" {
		return fmt.Sprintf("the server answers %d", a.status)
	}
	return fmt.Sprintf("the server answers %d: %s: %s", a.status, a.title, a.detail)
}

// call makes a request and reads its answer to the end. An answer of 400 or more is an error.
func (t *Target) call(ctx context.Context, method, path, media string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, t.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", errors.Unwrap(err))
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return fmt.Errorf("the server breaks off: %w", err)
	case answer.StatusCode >= http.StatusBadRequest:
		var problem struct{ Title, Detail string }
		_ = json.Unmarshal(data, &problem)
		return &answered{answer.StatusCode, problem.Title, problem.Detail}
	case into != nil:
		return json.Unmarshal(data, into)
	}
	return nil
}

func (t *Target) get(ctx context.Context, path string, into any) error {
	return t.call(ctx, http.MethodGet, path, "", nil, into)
}

func (t *Target) post(ctx context.Context, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return t.call(ctx, http.MethodPost, path, "application/json", data, into)
}

// SignIn opens a session, which SignOut ends.
func (t *Target) SignIn(ctx context.Context, login, password string) error {
	return t.post(ctx, "/session", map[string]string{"login": login, "password": password}, nil)
}

// SignOut ends the session of SignIn, and the connections.
func (t *Target) SignOut(ctx context.Context) error {
	defer t.client.CloseIdleConnections()
	if t.token != "" {
		return nil
	}
	return t.call(ctx, http.MethodDelete, "/session", "", nil, nil)
}

// furnish sees to it that the funnel is there and makes so many cards in it. They stay there.
func (t *Target) furnish(ctx context.Context, cards int, passed func()) error {
	if err := t.get(ctx, "/me", nil); err != nil {
		return err
	}
	var no *answered
	err := t.get(ctx, "/funnels/"+ringFunnel, nil)
	if errors.As(err, &no) && no.status == http.StatusNotFound {
		err = t.deploy(ctx)
	}
	if err != nil {
		return err
	}
	t.cards = make([]string, cards)
	return spread(ctx, cards, func(ctx context.Context, n int) error {
		defer passed()
		var made struct{ ID string }
		d := draft(n)
		err := t.post(ctx, "/cards", map[string]any{"funnel": d.Funnel, "fields": d.Fields}, &made)
		t.cards[n] = made.ID
		return err
	})
}

// deploy uploads the funnel.
func (t *Target) deploy(ctx context.Context) error {
	xml, err := diagram("ring")
	if err != nil {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "ring.bpmn")
	if err != nil {
		return err
	}
	if _, err := part.Write(xml); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	if err := t.call(ctx, http.MethodPost, "/definitions", form.FormDataContentType(), body.Bytes(), nil); err != nil {
		return fmt.Errorf("deploy the funnel %s, which needs the right to: %w", ringFunnel, err)
	}
	return nil
}

// Scenarios are what a server can be asked over and over.
var Scenarios = []string{"moves", "board", "card", "search"}

// asks gives what each of some clients asks in a scenario. Each moves cards of its own.
func (t *Target) asks(scenario string, clients int) (deed, error) {
	switch scenario {
	case "moves":
		cards := make([]*played, len(t.cards))
		for n, id := range t.cards {
			cards[n] = &played{id: id}
		}
		hands := deal(cards, clients)
		return func(ctx context.Context, n int) error {
			return t.post(ctx, "/cards/"+hands[n].next().id+"/advance", struct{}{}, nil)
		}, nil
	case "board":
		return func(ctx context.Context, _ int) error { return t.get(ctx, "/funnels/"+ringFunnel+"/board", nil) }, nil
	case "card":
		return func(ctx context.Context, _ int) error {
			return t.get(ctx, "/cards/"+t.cards[rand.IntN(len(t.cards))], nil)
		}, nil
	case "search":
		return func(ctx context.Context, _ int) error {
			return t.get(ctx, "/search?q="+url.QueryEscape(name(rand.IntN(len(t.cards)))), nil)
		}, nil
	}
	return nil, fmt.Errorf("--scenario %q is none: %s", scenario, strings.Join(Scenarios, ", "))
}
