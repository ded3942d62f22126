package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/crm/card"
	"github.com/voronka/voronka/crm/contact"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/server"
)

// need is what somebody must have for a door to open.
type need string

const (
	nothing   need = ""
	signed    need = "signed in"
	seesDeal  need = "sees the deal"
	seesLead  need = "sees the lead"
	ofDeals   need = "works in the funnel of deals"
	ofLeads   need = "works in the funnel of leads"
	meets     need = "meets clients"
	aboutDeal need = "may see whom the deal is about"
	seesAll   need = "may see what only the head of sales may"
	oversees  need = "oversees"
	configure need = "configures"
	integrate need = "integrates"
)

// callers are everyone who may knock, and what they have.
var callers = []struct {
	who   string
	roles []string
	has   []need
}{
	{"", nil, nil}, // nobody
	{"left", []string{"admin"}, nil},
	{"stranger", []string{"instructor"}, []need{signed}},
	{"analyst", []string{"analyst"}, []need{signed}},
	{"money", []string{"accountant"}, []need{signed}},
	{"outside", []string{"integration"}, []need{signed, integrate}},
	{"keeper", []string{"instructor"}, []need{signed, seesDeal, aboutDeal}}, // the deal's owner, who works in no funnel
	{"clerk", []string{"lead_manager"}, []need{signed, seesLead, ofLeads, meets, aboutDeal}},
	{"manager", []string{"sales_manager"}, []need{signed, seesDeal, ofDeals, meets, aboutDeal}},
	{"head", []string{"head_of_sales"}, []need{signed, seesDeal, ofDeals, seesLead, ofLeads, meets, aboutDeal, seesAll, oversees}},
	{"boss", []string{"admin"}, []need{signed, seesDeal, ofDeals, seesLead, ofLeads, meets, aboutDeal, oversees, configure, integrate}},
}

// door is what a route asks for.
type door struct {
	route   string
	need    need
	path    string // the route's, with what stands for its variables
	body    string
	head    string
	changes bool // whoever is let in does it to things of their own
	let     int  // the status for whoever is let in; 0: any that is no refusal to let in and no fault
	shut    int  // for whoever is signed in and not let in; 0: 403
}

// doors are all routes. A route with a card, a definition or a funnel in its path stands here twice: for the deal and for the lead.
var doors = []door{
	{route: "GET /healthz"},
	{route: "GET /readyz"},
	{route: "GET /metrics", need: configure},
	{route: "GET /api/docs"},
	{route: "GET /api/v1/openapi.yaml"},

	{route: "GET /api/v1/demo", let: 404},
	{route: "POST /api/v1/session", body: `{"login":"x${who}","password":"wrong password"}`, let: 401},
	{route: "GET /api/v1/me", need: signed},
	{route: "PATCH /api/v1/me", need: signed, body: `{"language":"ru"}`},
	{route: "POST /api/v1/me/password", need: signed, body: `{"old":"wrong password","new":"another password"}`, let: 400},
	{route: "GET /api/v1/tokens", need: signed},
	{route: "POST /api/v1/tokens", need: signed, body: `{"name":"tool"}`},
	{route: "DELETE /api/v1/tokens/{id}", need: configure, path: "/api/v1/tokens/${token}", changes: true, shut: 404},
	{route: "GET /api/v1/users", need: signed},
	{route: "POST /api/v1/users", need: configure, body: `{"login":"new","name":"New","password":"correct horse"}`},
	{route: "PATCH /api/v1/users/{id}", need: configure, path: "/api/v1/users/guest", body: `{"branch":"north"}`},

	{route: "POST /api/v1/definitions", need: configure, body: "approval.bpmn", head: "Content-Type: application/xml"},
	{route: "GET /api/v1/definitions", need: signed},
	{route: "GET /api/v1/definitions/{id}", need: ofDeals, path: "/api/v1/definitions/deals:1"},
	{route: "GET /api/v1/definitions/{id}", need: ofLeads, path: "/api/v1/definitions/leads:1"},
	{route: "GET /api/v1/definitions/{id}", need: oversees, path: "/api/v1/definitions/approval:1"},
	{route: "GET /api/v1/definitions/{id}/xml", need: ofDeals, path: "/api/v1/definitions/deals:1/xml"},
	{route: "GET /api/v1/definitions/{id}/xml", need: ofLeads, path: "/api/v1/definitions/leads:1/xml"},
	{route: "GET /api/v1/definitions/{id}/tor", need: ofDeals, path: "/api/v1/definitions/deals:1/tor", let: 501},
	{route: "GET /api/v1/definitions/{id}/funnel", need: ofDeals, path: "/api/v1/definitions/deals:1/funnel"},
	{route: "GET /api/v1/definitions/{id}/funnel", need: ofLeads, path: "/api/v1/definitions/leads:1/funnel"},
	{route: "POST /api/v1/definitions/{id}/migrate", need: configure, path: "/api/v1/definitions/deals:1/migrate?dry_run=true", body: `{"to":"deals:1"}`},

	{route: "GET /api/v1/contacts", need: meets},
	{route: "POST /api/v1/contacts", need: meets, body: `{"name":"Another","separate":true}`},
	{route: "GET /api/v1/contacts/{id}", need: aboutDeal, path: "/api/v1/contacts/${client}"},
	{route: "PATCH /api/v1/contacts/{id}", need: meets, path: "/api/v1/contacts/${client}", body: `{"comment":"x"}`, changes: true},
	{route: "POST /api/v1/contacts/{id}/merge", need: meets, path: "/api/v1/contacts/${client}/merge", body: `{"other":"${double}"}`, changes: true},

	{route: "GET /api/v1/funnels", need: signed},
	{route: "GET /api/v1/funnels/{funnel}", need: ofDeals, path: "/api/v1/funnels/deals"},
	{route: "GET /api/v1/funnels/{funnel}", need: ofLeads, path: "/api/v1/funnels/leads"},
	{route: "GET /api/v1/funnels/{funnel}/board", need: ofDeals, path: "/api/v1/funnels/deals/board"},
	{route: "GET /api/v1/funnels/{funnel}/board", need: ofLeads, path: "/api/v1/funnels/leads/board"},
	{route: "GET /api/v1/funnels/{funnel}/report", need: ofDeals, path: "/api/v1/funnels/deals/report"},
	{route: "GET /api/v1/funnels/{funnel}/report", need: ofLeads, path: "/api/v1/funnels/leads/report"},
	{route: "GET /api/v1/cards", need: signed},
	{route: "GET /api/v1/cards", need: signed, path: "/api/v1/cards?owner=keeper&state=open"},
	{route: "GET /api/v1/cards", need: signed, path: "/api/v1/cards?contact=${client}"},
	{route: "POST /api/v1/cards", need: ofDeals, body: `{"funnel":"deals","fields":{"full_name":"Another"}}`},
	{route: "POST /api/v1/cards", need: ofLeads, body: `{"funnel":"leads","fields":{"full_name":"Another"}}`},
	{route: "POST /api/v1/cards/bulk", need: signed, body: `{"cards":["nothing"],"fields":{"full_name":"Another"}}`},
	{route: "GET /api/v1/cards/{id}", need: seesDeal, path: "/api/v1/cards/${deal}"},
	{route: "GET /api/v1/cards/{id}", need: seesLead, path: "/api/v1/cards/${lead}"},
	{route: "PATCH /api/v1/cards/{id}", need: seesDeal, path: "/api/v1/cards/${deal}", body: `{"fields":{"full_name":"CARD-DEAL again"}}`, changes: true},
	{route: "PATCH /api/v1/cards/{id}", need: seesLead, path: "/api/v1/cards/${lead}", body: `{"fields":{"full_name":"CARD-LEAD again"}}`, changes: true},
	{route: "GET /api/v1/cards/{id}/moves", need: seesDeal, path: "/api/v1/cards/${deal}/moves"},
	{route: "GET /api/v1/cards/{id}/moves", need: seesLead, path: "/api/v1/cards/${lead}/moves"},
	{route: "POST /api/v1/cards/{id}/advance", need: seesDeal, path: "/api/v1/cards/${deal}/advance", body: `{}`, changes: true},
	{route: "POST /api/v1/cards/{id}/advance", need: seesLead, path: "/api/v1/cards/${lead}/advance", body: `{}`, changes: true},
	{route: "POST /api/v1/cards/{id}/reject", need: seesDeal, path: "/api/v1/cards/${deal}/reject", body: `{"reason":"price"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/reject", need: seesLead, path: "/api/v1/cards/${lead}/reject", body: `{"reason":""}`, changes: true},
	{route: "POST /api/v1/cards/{id}/back", need: seesDeal, path: "/api/v1/cards/${deal}/back", body: `{"to":"consult","why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/back", need: seesLead, path: "/api/v1/cards/${lead}/back", body: `{"to":"touch","why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/override", need: seesDeal, path: "/api/v1/cards/${deal}/override", body: `{"to":"consult","why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/override", need: seesLead, path: "/api/v1/cards/${lead}/override", body: `{"to":"touch","why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/reopen", need: seesDeal, path: "/api/v1/cards/${deal}/reopen", body: `{"why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/reopen", need: seesLead, path: "/api/v1/cards/${lead}/reopen", body: `{"why":"x"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/assign", need: seesDeal, path: "/api/v1/cards/${deal}/assign", body: `{"owner":"manager"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/assign", need: seesLead, path: "/api/v1/cards/${lead}/assign", body: `{"owner":"clerk"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/files", need: seesDeal, path: "/api/v1/cards/${deal}/files?field=scan", body: "${form}", head: "${formType}", changes: true},
	{route: "POST /api/v1/cards/{id}/files", need: seesLead, path: "/api/v1/cards/${lead}/files?field=scan", body: "${form}", head: "${formType}", changes: true},
	{route: "POST /api/v1/cards/{id}/documents/{key}", need: seesDeal, path: "/api/v1/cards/${deal}/documents/act", body: `{"verb":"create"}`, changes: true},
	{route: "POST /api/v1/cards/{id}/documents/{key}", need: seesLead, path: "/api/v1/cards/${lead}/documents/act", body: `{"verb":"create"}`, changes: true},
	{route: "GET /api/v1/cards/{id}/history", need: seesDeal, path: "/api/v1/cards/${deal}/history"},
	{route: "GET /api/v1/cards/{id}/history", need: seesLead, path: "/api/v1/cards/${lead}/history"},
	{route: "GET /api/v1/files/{id}", need: seesDeal, path: "/api/v1/files/${file}"},
	{route: "GET /api/v1/files/{id}", need: seesAll, path: "/api/v1/files/${passport}"},
	{route: "GET /api/v1/search", need: signed, path: "/api/v1/search?q=CARD"},
	{route: "GET /api/v1/search", need: signed, path: "/api/v1/search?q=CLIENT"},
	{route: "GET /api/v1/search", need: signed, path: "/api/v1/search?q=%2B79990004242"},

	{route: "GET /api/v1/intake/{funnel}", path: "/api/v1/intake/leads"},
	{route: "POST /api/v1/intake/{funnel}", path: "/api/v1/intake/leads", body: `{"fields":{"full_name":"Another"}}`},
	{route: "POST /api/v1/messages", need: integrate, body: `{"name":"paid","card":"${deal}"}`},
	{route: "GET /api/v1/instances/{id}", need: oversees, path: "/api/v1/instances/${deal}"},
	{route: "GET /api/v1/instances/{id}/history", need: oversees, path: "/api/v1/instances/${deal}/history"},
	{route: "POST /api/v1/instances/{id}/tokens", need: configure, path: "/api/v1/instances/${deal}/tokens", body: `{"element":"consult","why":"x"}`, changes: true},
	{route: "POST /api/v1/instances/{id}/tokens/{token}/move", need: configure, path: "/api/v1/instances/${deal}/tokens/2/move", body: `{"to":"consult","why":"x"}`, changes: true},
	{route: "POST /api/v1/instances/{id}/tokens/{token}/cancel", need: configure, path: "/api/v1/instances/${deal}/tokens/2/cancel", body: `{"why":"x"}`, changes: true},
	{route: "POST /api/v1/instances/{id}/reopen", need: configure, path: "/api/v1/instances/${deal}/reopen", body: `{"element":"consult","why":"x"}`, changes: true},
	{route: "GET /api/v1/incidents", need: oversees},
	{route: "POST /api/v1/incidents/{id}/resolve", need: oversees, path: "/api/v1/incidents/${incident}/resolve", body: `{"vars":{}}`, changes: true},
	{route: "GET /api/v1/events", need: signed},
	{route: "GET /api/v1/backup", need: configure},

	{route: "DELETE /api/v1/session", need: signed}, // the last thing that everyone does
}

// marks stand in what is not for all. They may not stand in any answer to somebody who lacks the need, whatever was asked.
var marks = map[string]need{
	"CARD-DEAL": seesDeal, "CARD-LEAD": seesLead, "INSIDE-DEAL": ofDeals, "CLIENT": aboutDeal, "DOUBLE": meets,
	"HIDDEN": seesAll, "ACT77-0": seesAll, "424242": seesAll, "777777": seesAll, "9990004242": seesAll,
}

// Every route, asked by everyone for what is theirs and what is not: who lacks what the door asks for gets no further and changes nothing,
// and nobody reads what is not for them in any answer at all. A route without a row fails.
func TestEveryDoor(t *testing.T) {
	written := map[string]bool{}
	for _, d := range doors {
		written[d.route] = true
	}
	for _, route := range server.Routes() {
		if !written[route] {
			t.Errorf("%s: no row in the table of doors says who may open it", route)
		}
		delete(written, route)
	}
	for route := range written {
		t.Errorf("%s: there is no such route", route)
	}
	w := open(t)
	h := furnish(w)
	for _, d := range doors {
		for _, c := range callers {
			has := map[need]bool{nothing: true}
			for _, n := range c.has {
				has[n] = true
			}
			if has[d.need] && d.changes {
				h.another()
			}
			before, writes := "", !strings.HasPrefix(d.route, "GET ")
			if !has[d.need] && writes {
				before = h.state()
			}
			got := h.knock(d, c.who)
			if name := d.route + " by " + c.who; has[d.need] {
				h.let(name, d, got)
			} else {
				h.shut(name, d, c.who != "" && c.who != "left", got)
				if writes {
					if after := h.state(); after != before {
						t.Errorf("%s: not let in, and changed something:\n%s\n%s", name, before, after)
					}
				}
			}
			for mark, n := range marks {
				if !has[n] && d.route != "GET /api/v1/backup" && strings.Contains(got.body+fmt.Sprint(got.header), mark) {
					t.Errorf("%s %s: reads %s: %.2000s", d.route, c.who, mark, got.body)
				}
			}
		}
	}
}

// house is a world with a deal, a lead and all that belongs to them.
type house struct{ *world }

func furnish(w *world) *house {
	w.deploy("closed.bpmn", "leads.bpmn", "approval.bpmn")
	w.vars["form"], w.vars["formType"] = form(map[string]string{"a.txt": "x"})
	h := &house{w}
	for _, c := range callers {
		if c.who != "" {
			h.hire(c.who, c.roles...)
		}
	}
	h.hire("guest")
	w.do(func(tx *engine.Tx) error { return access.Deactivate(tx, system, "left") })
	h.another()
	return h
}

var system = access.System("test")

func (h *house) hire(who string, roles ...string) {
	h.do(func(tx *engine.Tx) error {
		u, err := access.Create(tx, system, access.User{ID: who, Name: who, Roles: roles}, "")
		if err != nil {
			return err
		}
		h.tokens[who] = access.NewToken()
		_, err = access.Open(tx, u, h.tokens[who], "")
		return err
	})
}

// another puts a new deal and lead into the house.
func (h *house) another() {
	cards := h.cards
	raw := func(v string) json.RawMessage { return json.RawMessage(v) }
	keep := func(tx *engine.Tx, id, key, text string) string {
		f, err := cards.Keep(tx, system, id, key, key+".txt", []byte(text))
		if err != nil {
			h.t.Fatal(err)
		}
		return f.ID
	}
	v := h.vars
	h.do(func(tx *engine.Tx) error {
		client, err := contact.Create(tx, system, contact.Contact{Name: "CLIENT"})
		if err != nil {
			return err
		}
		double, err := contact.Create(tx, system, contact.Contact{Name: "DOUBLE"})
		if err != nil {
			return err
		}
		v["client"], v["double"] = client.ID, double.ID
		v["deal"], err = cards.Create(tx, system, card.Draft{Funnel: "deals", Contact: client.ID, Fields: map[string]json.RawMessage{
			"full_name": raw(`"CARD-DEAL"`), "note": raw(`"HIDDEN note"`), "amount": raw(`{"amount":777777,"currency":"RUB"}`),
			"secret_phone": raw(`"+79990004242"`), "size": raw(`424242`),
		}})
		if err != nil {
			return err
		}
		v["lead"], err = cards.Create(tx, system, card.Draft{Funnel: "leads", Fields: map[string]json.RawMessage{"full_name": raw(`"CARD-LEAD"`)}})
		return err
	})
	h.do(func(tx *engine.Tx) error {
		v["file"], v["passport"] = keep(tx, v["deal"], "scan", "the scan"), keep(tx, v["deal"], "passport", "HIDDEN passport")
		if _, err := cards.Handle(tx, system, v["deal"], "act", "create", 0); err != nil {
			return err
		}
		return cards.Assign(tx, system, v["deal"], "keeper", 0)
	})
	h.do(func(tx *engine.Tx) error {
		return cards.Override(tx, system, v["deal"], card.Back{To: "tell", Why: "test"})
	})
	h.stick()
	h.do(func(tx *engine.Tx) error {
		guest, err := access.Lookup(tx, "guest")
		if err != nil {
			return err
		}
		t, err := access.NewAPIToken(tx, guest.Actor(), "tool", access.NewToken())
		if err == nil {
			v["token"] = t.ID
		}
		return err
	})
}

// stick lets the deal's robot fail until there is an incident.
func (h *house) stick() {
	h.do(func(tx *engine.Tx) error {
		i, err := tx.Instance(h.vars["deal"])
		if err != nil {
			return err
		}
		for _, j := range i.Jobs {
			if j.Topic == "tell" {
				return tx.FailJob(engine.OuterID(i.ID, j.ID), "", "no connection", 0)
			}
		}
		return fmt.Errorf("no job in %v", i.Jobs)
	})
	h.do(func(tx *engine.Tx) error {
		i, err := tx.Instance(h.vars["deal"])
		if err == nil {
			h.vars["incident"] = engine.OuterID(i.ID, i.Incidents[0].ID)
		}
		return err
	})
}

// knock asks as somebody.
func (h *house) knock(d door, who string) reply {
	method, route, _ := strings.Cut(d.route, " ")
	a := ask{name: d.route + " by " + who, who: who, method: method, path: d.path, body: d.body}
	if a.path == "" {
		a.path = route
	}
	if strings.HasSuffix(d.body, ".bpmn") {
		a.body = diagram(h.t, d.body)
	}
	if route == "/api/v1/events" {
		a.method = "HEAD" // or it would last
	}
	h.vars["who"] = who
	if d.head != "" {
		a.head = []string{h.fill(d.head)}
	}
	return h.ask(a)
}

// state is what no one who is not let in may change.
func (h *house) state() string {
	var text strings.Builder
	if err := h.e.View(context.Background(), func(tx *engine.Tx) error {
		text.Reset()
		for _, id := range []string{h.vars["deal"], h.vars["lead"]} {
			one, err := h.cards.Load(tx, id)
			if err != nil {
				return err
			}
			i, err := tx.Instance(id)
			if err != nil {
				return err
			}
			fmt.Fprintln(&text, one.Version, i.Variables, len(i.Tokens), len(i.Incidents))
		}
		for _, id := range []string{h.vars["client"], h.vars["double"]} {
			one, err := contact.Lookup(tx, id)
			if err != nil {
				return err
			}
			fmt.Fprintln(&text, *one)
		}
		all, err := access.Users(tx)
		if err != nil {
			return err
		}
		for _, u := range all {
			tokens, err := access.Tokens(tx, u.Actor())
			if err != nil {
				return err
			}
			fmt.Fprintln(&text, u.Actor(), u.Active, len(tokens))
		}
		definitions, err := tx.Definitions("")
		fmt.Fprintln(&text, len(definitions))
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return text.String()
}

func (h *house) let(name string, d door, got reply) {
	if d.let != 0 {
		if got.status != d.let {
			h.t.Errorf("%s: %d, not %d: %s", name, got.status, d.let, got.body)
		}
		return
	}
	switch {
	case got.status == 401 || got.status == 403 || got.status == 404 || got.status >= 500:
		h.t.Errorf("%s: not let in: %d: %s", name, got.status, got.body)
	}
}

func (h *house) shut(name string, d door, known bool, got reply) {
	want := 401
	if known {
		if want = 403; d.shut != 0 {
			want = d.shut
		}
	}
	if got.status != want {
		h.t.Errorf("%s: %d, not %d: %s", name, got.status, want, got.body)
	}
}
