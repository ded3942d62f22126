package server

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage/memory"
)

var desc = regexp.MustCompile(`fqName: "([^"]+)".*constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)

// told are the names of all figures that a server may tell, with their labels.
func told(t *testing.T) map[string][]string {
	t.Helper()
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	m := NewMetrics()
	s, err := New(Options{Engine: engine.Open(store, engine.Options{Watch: m}), Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	all := map[string][]string{"up": nil}
	descs := make(chan *prometheus.Desc)
	go func() { m.registry.Describe(descs); close(descs) }()
	for d := range descs {
		found := desc.FindStringSubmatch(d.String())
		if found == nil {
			t.Fatalf("%s is not read", d)
		}
		labels := []string{"job", "instance", "le"}
		for _, l := range strings.Split(found[2]+","+found[3], ",") {
			labels = append(labels, strings.Split(l, "=")[0])
		}
		all[found[1]] = labels
		all[found[1]+"_bucket"], all[found[1]+"_sum"], all[found[1]+"_count"] = labels, labels, labels
	}
	all["up"] = []string{"job", "instance"}
	return all
}

// words of the language of Prometheus.
var words = []string{
	"sum", "max", "min", "count", "by", "rate", "increase", "histogram_quantile", "time", "absent", "predict_linear", "or", "and",
}

var (
	quoted     = regexp.MustCompile(`"[^"]*"`)
	window     = regexp.MustCompile(`\[[0-9]+[smhd]\]`)
	selector   = regexp.MustCompile(`([a-z_:]+)\{([^}]*)\}`)
	grouping   = regexp.MustCompile(`by \(([^)]*)\)`)
	identifier = regexp.MustCompile(`[A-Za-z_:][A-Za-z0-9_:]*`)
	number     = regexp.MustCompile(`\b[0-9.]+(e[0-9]+)?\b`)
	hole       = regexp.MustCompile(`\$labels\.([a-z_]+)`)
)

// unknown is what an expression names that nobody tells.
func unknown(expr string, figures map[string][]string) (odd []string) {
	expr = number.ReplaceAllString(window.ReplaceAllString(quoted.ReplaceAllString(expr, ""), ""), "")
	if strings.Count(expr, "(") != strings.Count(expr, ")") {
		odd = append(odd, "parentheses")
	}
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for _, label := range identifier.FindAllString(s[2], -1) {
			if !slices.Contains(figures[s[1]], label) {
				odd = append(odd, s[1]+"{"+label+"}")
			}
		}
	}
	expr = selector.ReplaceAllString(expr, "$1")
	names := identifier.FindAllString(grouping.ReplaceAllString(expr, ""), -1)
	for _, name := range names {
		if _, is := figures[name]; !is && !slices.Contains(words, name) {
			odd = append(odd, name)
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(expr, -1) {
		for _, label := range identifier.FindAllString(g[1], -1) {
			if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(figures[name], label) }) {
				odd = append(odd, "by "+label)
			}
		}
	}
	return odd
}

// Each alert names figures and labels that are told, and says something of what it found.
func TestAlerts(t *testing.T) {
	raw, err := os.ReadFile("../examples/operations/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if _, err := yaml.Unmarshal(raw, &file, yaml.DecodeOpts{}); err != nil {
		t.Fatal(err)
	}
	figures := told(t)
	seen := map[string]bool{}
	for _, r := range file.Groups[0].Rules {
		if r.Alert == "" || seen[r.Alert] || r.Expr == "" || r.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
			t.Errorf("%+v", r)
		}
		seen[r.Alert] = true
		if odd := unknown(r.Expr, figures); len(odd) > 0 {
			t.Errorf("%s: nobody tells %v", r.Alert, odd)
		}
		for _, h := range hole.FindAllStringSubmatch(r.Annotations["summary"], -1) {
			kept := strings.Contains(r.Expr, "by ("+h[1]+")") || !strings.Contains(r.Expr, "sum") && !strings.Contains(r.Expr, "max") && h[1] == "instance"
			if !kept {
				t.Errorf("%s: %s is not left to tell", r.Alert, h[1])
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("%d alerts", len(seen))
	}
	for expr, want := range map[string]string{ // what is wrong is seen
		"voronka_timers_overdue > 1":                      "voronka_timers_overdue",
		`voronka_jobs{colour="red"} > 1`:                  "voronka_jobs{colour}",
		"sum by (colour) (rate(voronka_streams[5m])) > 1": "by colour",
		"rte(voronka_streams[5m]) > 1":                    "rte",
		"max(voronka_streams":                             "parentheses",
	} {
		if odd := unknown(expr, figures); !slices.Equal(odd, []string{want}) {
			t.Errorf("%s: %v", expr, odd)
		}
	}
}

// What OPERATIONS.md says of figures and alerts is so, and it speaks of each of them.
func TestOperationsNamesFigures(t *testing.T) {
	raw, err := os.ReadFile("../OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	figures := told(t)
	for _, name := range regexp.MustCompile(`\bvoronka_[a-z_]+\b`).FindAllString(string(raw), -1) {
		if _, is := figures[name]; !is {
			t.Errorf("nobody tells %s", name)
		}
	}
	rules, err := os.ReadFile("../examples/operations/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, alert := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		if !strings.Contains(string(raw), "`"+alert[1]+"`") {
			t.Errorf("what to do about %s is not said", alert[1])
		}
	}
	for _, alert := range regexp.MustCompile("`(Voronka[A-Z]\\w+)`").FindAllStringSubmatch(string(raw), -1) {
		if !strings.Contains(string(rules), "alert: "+alert[1]+"\n") {
			t.Errorf("there is no alert %s", alert[1])
		}
	}
}
