package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func backupCommand() *cobra.Command {
	var c client
	data, to := "", ""
	cmd := &cobra.Command{
		Use:   "backup --to FILE (--server URL --token TOKEN | --data DIR)",
		Short: "Copy everything into a file, of a running server or of a data folder",
		Long: "Writes one consistent state of everything into a new file, while the server works on or out of a data folder that nobody\n" +
			"uses. To restore it, put the file as " + databaseName + " into an empty folder and serve that.",
		Args: cobra.NoArgs,
		Example: "  voronka backup --server http://127.0.0.1:8080 --token $TOKEN --to monday.db\n" +
			"  voronka backup --data /var/lib/voronka --to monday.db",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (c.server == "") == (data == "") {
				return errors.New("say what to copy: --server of a running one, or --data of a stopped one")
			}
			return writeWhole(to, func(w io.Writer) error {
				if data != "" {
					return backupData(cmd.Context(), data, w)
				}
				answer, err := c.call(cmd.Context(), http.MethodGet, "/backup", "", nil)
				if err != nil {
					return err
				}
				defer answer.Body.Close()
				_, err = io.Copy(w, answer.Body)
				return err
			})
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&data, "data", "", "the data folder, of which no server may be running")
	cmd.Flags().StringVar(&to, "to", "", "the file to write; it must not exist yet")
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

func backupData(ctx context.Context, dir string, w io.Writer) error {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		return fmt.Errorf("%s has no %s: that is no data folder", dir, databaseName)
	}
	store, err := openData(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Backup(ctx, w)
}

// writeWhole writes a new file whole or not at all: what was cut off halfway is never left under the name.
func writeWhole(name string, write func(io.Writer) error) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}
