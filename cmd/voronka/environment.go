package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// prefix is what the names of our variables begin with.
const prefix = "VORONKA_"

// variable is the name of the environment variable that a flag may be given by: --log-format by VORONKA_LOG_FORMAT.
func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// places are flags of which one is given: where everything is kept.
var places = []string{"data", "store"}

// fromEnvironment lets each flag of a command be given by the environment too, or, as a secret should be, by a file that the variable
// with _FILE behind its name names. What the command line says comes first.
func fromEnvironment(c *cobra.Command) *cobra.Command {
	c.Long += "\n\nEach flag may be given by the environment instead: --log-format as VORONKA_LOG_FORMAT, or by a file that VORONKA_LOG_FORMAT_FILE\n" +
		"names. So a database's URL with its password, VORONKA_STORE_FILE, need not stand where others can read it."
	c.PreRunE = func(c *cobra.Command, _ []string) (err error) {
		placed := slices.ContainsFunc(places, c.Flags().Changed)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Changed || f.Name == "help" || placed && slices.Contains(places, f.Name) {
				return
			}
			value, e := environment(variable(f.Name))
			if e == nil && value != "" {
				e = c.Flags().Set(f.Name, value)
			}
			if e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", variable(f.Name), e))
			}
		})
		return err
	}
	return c
}

// environment is the value of a variable, or what stands in the file that its companion names.
func environment(name string) (string, error) {
	value, file := os.Getenv(name), os.Getenv(name+"_FILE")
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("it is given twice, by %s_FILE too", name)
	}
	text, err := os.ReadFile(file)
	return strings.TrimSpace(string(text)), err
}

// strangers are variables with our prefix that no flag of the command goes by: a name that is written wrong would say nothing.
func strangers(c *cobra.Command) (names []string) {
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		known := !strings.HasPrefix(name, prefix) || slices.Contains([]string{"VORONKA_SERVER", "VORONKA_TOKEN"}, name)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			known = known || name == variable(f.Name) || name == variable(f.Name)+"_FILE"
		})
		if !known {
			names = append(names, name)
		}
	}
	return names
}
