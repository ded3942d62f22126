package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
	"github.com/spf13/pflag"
)

func text(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// variables are the names in the environment that mean something: those of flags of serve, and of others.
func variables() []string {
	all := []string{"VORONKA_SERVER", "VORONKA_TOKEN", "VORONKA_SITE"} // the last is the proxy's
	serveCommand().Flags().VisitAll(func(f *pflag.Flag) { all = append(all, variable(f.Name), variable(f.Name)+"_FILE") })
	return all
}

// What is written for those who operate it names only variables, commands and flags that are there.
func TestOperations(t *testing.T) {
	commands := 0
	for _, name := range []string{"OPERATIONS.md", "README.md", "Dockerfile", "compose.yaml", "examples/operations/voronka.service", "examples/operations/Caddyfile", "examples/operations/alerts.yaml"} {
		written := text(t, name)
		for _, v := range regexp.MustCompile(`\bVORONKA_[A-Z_]+[A-Z]\b`).FindAllString(written, -1) {
			if !slices.Contains(variables(), v) {
				t.Errorf("%s: nobody reads %s", name, v)
			}
		}
		for _, line := range commandLines(name, written) {
			commands++
			if why := wrongCommand(line); why != "" {
				t.Errorf("%s: voronka %s: %s", name, strings.Join(line, " "), why)
			}
		}
	}
	if commands < 15 {
		t.Errorf("only %d command lines are found", commands)
	}
	for _, line := range []string{"serve --nonsense", "nonsense", "health --exclude", "backup --to x --data y z"} { // what is wrong is seen
		if wrongCommand(strings.Fields(line)) == "" {
			t.Errorf("%s is taken", line)
		}
	}
}

var (
	fenced = regexp.MustCompile("(?s)```sh\n(.*?)```")
	inline = regexp.MustCompile("`voronka ([a-z][^`]*)`")
	runs   = regexp.MustCompile(`(?m)(?:^|[|;&(]\s*|\$\(|as-voronka |-- |exec [a-z]+1 /|ExecStart=/usr/local/bin/)\s*(?:bin/|/)?voronka ([^|;&)>\n#]*)`)
)

// commandLines are the command lines of our program in a document or file.
func commandLines(name, written string) (all [][]string) {
	if !strings.HasSuffix(name, ".md") {
		for _, found := range runs.FindAllStringSubmatch(written, -1) {
			all = append(all, strings.Fields(found[1]))
		}
		for _, found := range regexp.MustCompile(`CMD \["/voronka", (.*)\]|\bCMD \[("serve")\]`).FindAllStringSubmatch(written, -1) {
			all = append(all, strings.Fields(strings.NewReplacer(`"`, "", ",", "").Replace(found[1]+found[2])))
		}
		return all
	}
	for _, found := range inline.FindAllStringSubmatch(written, -1) {
		all = append(all, strings.Fields(found[1]))
	}
	for _, block := range fenced.FindAllStringSubmatch(written, -1) {
		for _, found := range runs.FindAllStringSubmatch(strings.ReplaceAll(block[1], "\\\n", " "), -1) {
			all = append(all, strings.Fields(found[1]))
		}
	}
	return all
}

// wrongCommand is why a command line can't be meant.
func wrongCommand(args []string) string {
	args = slices.Clone(args)
	for n, a := range args {
		args[n] = strings.NewReplacer(`"`, "", "'", "", "…", "x").Replace(a)
	}
	c, rest, err := command().Find(args)
	if err != nil {
		return err.Error()
	}
	if !c.HasParent() {
		return "there is no such command"
	}
	if err := c.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err.Error()
	}
	if c.HasSubCommands() || c.Args == nil || len(c.Flags().Args()) == 0 {
		return ""
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return err.Error()
	}
	return ""
}

// The unit is sound and closed to all that the server does not need, in the eyes of systemd itself.
func TestUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not here")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := file(t, "voronka.service", strings.Replace(text(t, "examples/operations/voronka.service"), "/usr/local/bin/voronka", program, 1))
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=15", unit).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "verify", file(t, "odd.service", "[Service]\nExecStart=/nowhere/voronka\n")).CombinedOutput(); err == nil {
		t.Errorf("a program that is not there is taken: %s", out)
	}
}

// composed is what of the compose file matters here.
type composed struct {
	Services map[string]struct {
		Image, Build string
		Command      []string
		Environment  map[string]string
		Secrets      []string
		Networks     []string
		Volumes      []string
		Ports        []string
		Profiles     []string
		DependsOn    map[string]struct{ Condition string } `json:"depends_on"`
		ReadOnly     bool                                  `json:"read_only"`
		Grace        string                                `json:"stop_grace_period"`
		Merged       any                                   `json:"<<"`
	}
	Networks, Volumes map[string]any
	Secrets           map[string]struct{ File string }
}

// The compose file is sound by itself: what a service asks for is there, the proxy knows each server, and who stops has the time to.
func TestCompose(t *testing.T) {
	var c composed
	if _, err := yaml.Unmarshal([]byte(text(t, "compose.yaml")), &c, yaml.DecodeOpts{}); err != nil {
		t.Fatal(err)
	}
	caddy, prometheus := text(t, "examples/operations/Caddyfile"), text(t, "examples/operations/prometheus.yaml")
	servers := 0
	for name, s := range c.Services {
		for other := range s.DependsOn {
			if _, is := c.Services[other]; !is {
				t.Errorf("%s depends on %s", name, other)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s wants the secret %s", name, secret)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; named {
				continue
			}
			if _, err := os.Stat(filepath.Join(top, from)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, n := range s.Networks {
			if _, is := c.Networks[n]; !is {
				t.Errorf("%s is in the network %s", name, n)
			}
		}
		if s.Image != "voronka" {
			continue
		}
		servers++
		if !strings.Contains(caddy, " "+name+":8080") || !strings.Contains(prometheus, name+":9090") {
			t.Errorf("the proxy or Prometheus does not know %s", name)
		}
		if !s.ReadOnly || s.Environment["VORONKA_STORE_FILE"] != "/run/secrets/store" || len(s.Ports) > 0 {
			t.Errorf("%s: %+v", name, s)
		}
		for variable, value := range s.Environment {
			t.Setenv(variable, value)
		}
		if flags, err := parsed(t, "--store", "postgres://db"); err != nil && !strings.Contains(err.Error(), "VORONKA_STORE:") {
			t.Errorf("%s: %v", name, err)
		} else if drain, _ := flags.Flags().GetDuration("drain"); drain.Seconds() < 3*2 || s.Grace != "1m" {
			t.Errorf("%s stops after %s, the proxy asks every 2 s, and the container is killed after %s", name, drain, s.Grace)
		}
	}
	if servers != 2 {
		t.Errorf("%d servers", servers)
	}
	if docker, err := exec.LookPath("docker"); err == nil && exec.Command(docker, "compose", "version").Run() == nil {
		check := exec.Command(docker, "compose", "-f", "compose.yaml", "config", "--quiet")
		check.Dir = top
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// The program that the Dockerfile builds, and nothing else, is what an image holds: all that it takes from the build is made there.
func TestDockerfile(t *testing.T) {
	written := text(t, "Dockerfile")
	for _, from := range regexp.MustCompile(`(?m)^COPY (?:--chown=\S+ )?([a-z]\S*(?: [a-z]\S*)*) \S+$`).FindAllStringSubmatch(written, -1) {
		for name := range strings.FieldsSeq(from[1]) {
			if _, err := os.Stat(filepath.Join(top, name)); err != nil {
				t.Errorf("%v", err)
			}
		}
	}
	stages := regexp.MustCompile(`(?m)^FROM (\S+)(?: AS (\S+))?$`).FindAllStringSubmatch(written, -1)
	if len(stages) != 3 || stages[2][1] != "scratch" {
		t.Fatalf("%v", stages)
	}
	for _, from := range regexp.MustCompile(`--from=(\S+)`).FindAllStringSubmatch(written, -1) {
		if from[1] != stages[0][2] && from[1] != stages[1][2] {
			t.Errorf("there is no stage %s", from[1])
		}
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(text(t, "go.mod"))[1]
	if stages[1][1] != "golang:"+version {
		t.Errorf("it builds with %s, and go.mod wants %s", stages[1][1], version)
	}
	if _, last, _ := strings.Cut(written, "FROM scratch"); !strings.Contains(last, "\nUSER 65532:65532\n") || !strings.Contains(last, "\nHEALTHCHECK ") || strings.Contains(last, "RUN ") {
		t.Error("the last stage")
	}
}

// The drills of OPERATIONS.md are done as they are written.
func TestDrills(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not here")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	if err := os.Symlink(program, filepath.Join(path, "voronka")); err != nil {
		t.Fatal(err)
	}
	drills := regexp.MustCompile("(?s)<!-- drill: (.*?) -->\n```sh\n(.*?)```").FindAllStringSubmatch(text(t, "OPERATIONS.md"), -1)
	if len(drills) < 4 {
		t.Errorf("only %d drills are found", len(drills))
	}
	for _, d := range drills {
		t.Run(d[1], func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(ringData(t))); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(shell, "-euo", "pipefail", "-c", d[2])
			c.Dir = dir
			c.Env = append(os.Environ(), "VORONKA_IS_CHILD=1", "PATH="+path+string(os.PathListSeparator)+os.Getenv("PATH"))
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s\n%s", err, d[2], out)
			}
		})
	}
}
