package server

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// route is one call of the API.
type route struct {
	method, path string
	access       who
	handle       func(*call) (*answer, error)
}

// who may call a route; what else it needs, the deed says.
type who int

const (
	signedIn who = iota
	anyone
)

const intakePath = apiPath + "/intake/"

// routes are the whole API, as openapi.yaml describes it.
var routes = []route{
	{"GET", "/healthz", anyone, healthz},
	{"GET", "/readyz", anyone, readyz},
	{"GET", metricsPath, anyone, showMetrics},
	{"GET", docsPath, anyone, showDocs},
	{"GET", apiPath + "/openapi.yaml", anyone, showContract},

	{"GET", apiPath + "/demo", anyone, showDemo},
	{"POST", apiPath + "/session", anyone, signIn},
	{"DELETE", apiPath + "/session", signedIn, signOut},
	{"GET", apiPath + "/me", signedIn, showMe},
	{"PATCH", apiPath + "/me", signedIn, changeMe},
	{"POST", apiPath + "/me/password", signedIn, changePassword},
	{"GET", apiPath + "/tokens", signedIn, listTokens},
	{"POST", apiPath + "/tokens", signedIn, createToken},
	{"DELETE", apiPath + "/tokens/{id}", signedIn, revokeToken},
	{"GET", apiPath + "/users", signedIn, listUsers},
	{"POST", apiPath + "/users", signedIn, createUser},
	{"PATCH", apiPath + "/users/{id}", signedIn, changeUser},

	{"POST", apiPath + "/definitions", signedIn, upload},
	{"GET", apiPath + "/definitions", signedIn, listDefinitions},
	{"GET", apiPath + "/definitions/{id}", signedIn, showDefinition},
	{"GET", apiPath + "/definitions/{id}/xml", signedIn, showXML},
	{"GET", apiPath + "/definitions/{id}/tor", signedIn, showTerms},
	{"GET", apiPath + "/definitions/{id}/funnel", signedIn, showDefinitionFunnel},
	{"POST", apiPath + "/definitions/{id}/migrate", signedIn, migrate},

	{"GET", apiPath + "/contacts", signedIn, listContacts},
	{"POST", apiPath + "/contacts", signedIn, createContact},
	{"GET", apiPath + "/contacts/{id}", signedIn, showContact},
	{"PATCH", apiPath + "/contacts/{id}", signedIn, changeContact},
	{"POST", apiPath + "/contacts/{id}/merge", signedIn, mergeContact},

	{"GET", apiPath + "/funnels", signedIn, listFunnels},
	{"GET", apiPath + "/funnels/{funnel}", signedIn, showFunnel},
	{"GET", apiPath + "/funnels/{funnel}/board", signedIn, showBoard},
	{"GET", apiPath + "/funnels/{funnel}/report", signedIn, showReport},
	{"GET", apiPath + "/cards", signedIn, listCards},
	{"POST", apiPath + "/cards", signedIn, createCard},
	{"POST", apiPath + "/cards/bulk", signedIn, bulkCards},
	{"GET", apiPath + "/cards/{id}", signedIn, showCard},
	{"PATCH", apiPath + "/cards/{id}", signedIn, changeCard},
	{"GET", apiPath + "/cards/{id}/moves", signedIn, showMoves},
	{"POST", apiPath + "/cards/{id}/advance", signedIn, advanceCard},
	{"POST", apiPath + "/cards/{id}/reject", signedIn, rejectCard},
	{"POST", apiPath + "/cards/{id}/back", signedIn, backCard},
	{"POST", apiPath + "/cards/{id}/override", signedIn, overrideCard},
	{"POST", apiPath + "/cards/{id}/reopen", signedIn, reopenCard},
	{"POST", apiPath + "/cards/{id}/assign", signedIn, assignCard},
	{"POST", apiPath + "/cards/{id}/files", signedIn, keepFile},
	{"POST", apiPath + "/cards/{id}/documents/{key}", signedIn, handleDocument},
	{"GET", apiPath + "/cards/{id}/history", signedIn, showHistory},
	{"GET", apiPath + "/files/{id}", signedIn, showFile},
	{"GET", apiPath + "/search", signedIn, search},

	{"GET", intakePath + "{funnel}", anyone, showIntake},
	{"POST", intakePath + "{funnel}", anyone, takeIn},
	{"POST", apiPath + "/messages", signedIn, sendMessage},
	{"GET", apiPath + "/instances/{id}", signedIn, showInstance},
	{"GET", apiPath + "/instances/{id}/history", signedIn, showInstanceHistory},
	{"POST", apiPath + "/instances/{id}/tokens", signedIn, startToken},
	{"POST", apiPath + "/instances/{id}/tokens/{token}/move", signedIn, moveToken},
	{"POST", apiPath + "/instances/{id}/tokens/{token}/cancel", signedIn, cancelToken},
	{"POST", apiPath + "/instances/{id}/reopen", signedIn, reopenInstance},
	{"GET", apiPath + "/incidents", signedIn, listIncidents},
	{"POST", apiPath + "/incidents/{id}/resolve", signedIn, resolveIncident},
	{"GET", eventsPath, signedIn, events},
	{"GET", backupPath, signedIn, backup},
}

// otherMethod answers a known path with a method that it does not take, and says which it takes.
func (s *Server) otherMethod(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r}
	w.Header().Set("Allow", strings.Join(s.allowed(r), ", "))
	if r.Method == http.MethodOptions && strings.HasPrefix(r.URL.Path, intakePath) {
		c.allowSites()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	c.fail(errMethod)
}

// allowed are the methods that a path takes.
func (s *Server) allowed(r *http.Request) []string {
	var all []string
	for _, method := range append([]string{http.MethodHead}, methods...) {
		probe := r.Clone(r.Context())
		probe.Method = method
		var match mux.RouteMatch
		if s.mux.Match(probe, &match) && match.MatchErr == nil && match.Route != nil {
			all = append(all, method)
		}
	}
	return all
}
