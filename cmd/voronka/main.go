// Command voronka executes sales funnels drawn as BPMN diagrams. See voronka --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // what lives is little beside what deeds allocate. GOMEMLIMIT says how much there may be of it
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes a command line. 0: done; 1: done, and the answer is no; 2: it could not be done.
func run(ctx context.Context, args []string) int {
	root := command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var no answerNo
	switch {
	case err == nil:
		return 0
	case errors.As(err, &no):
		return 1
	}
	fmt.Fprintf(os.Stderr, "voronka: %s\n", err)
	return 2
}

// answerNo ends a command that has already said why the answer is no.
type answerNo struct{}

func (answerNo) Error() string { return "no" }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "voronka",
		Short: "Executes sales funnels drawn as BPMN diagrams",
		Long: "Voronka executes the drawing: upload a BPMN diagram of your lead and deal funnels, and the board, the gates, the forms,\n" +
			"the robots and the timers exist.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), demoCommand(), deployCommand(), healthCommand(), backupCommand(), benchCommand(), checkCommand(), compactCommand(), copyCommand(), playCommand(), userCommand(), validateCommand(), versionCommand())
	return root
}
