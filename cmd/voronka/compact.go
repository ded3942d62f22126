package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/storage"
	"github.com/voronka/voronka/storage/bolt"
)

func compactCommand() *cobra.Command {
	data := ""
	cmd := &cobra.Command{
		Use:   "compact --data DIR",
		Short: "Give back the disk space that deleted and overwritten records left in a data folder",
		Long: "Writes everything into a new, smaller file, compares the two, and puts the new one in the place of the old one. Whenever it\n" +
			"is stopped, the data folder is whole. No server may use it meanwhile. There must be room for both files.",
		Args:    cobra.NoArgs,
		Example: "  voronka compact --data /var/lib/voronka",
		RunE: func(cmd *cobra.Command, _ []string) error {
			file := filepath.Join(data, databaseName)
			if _, err := os.Stat(file); err != nil {
				return fmt.Errorf("%s has no %s: that is no data folder", data, databaseName)
			}
			before, after, err := bolt.Compact(cmd.Context(), file)
			switch {
			case errors.Is(err, storage.ErrLocked):
				return fmt.Errorf("%s is in use by another voronka: stop it first", data)
			case errors.Is(err, storage.ErrFull):
				return fmt.Errorf("there is no room for a second file beside %s, which stays as it was: %w", file, err)
			case err != nil:
				return fmt.Errorf("compact %s: %w", data, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s had %s, and has %s.\n", file, inBytes(before), inBytes(after))
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the data folder, of which no server may be running")
	_ = cmd.MarkFlagRequired("data")
	return cmd
}

// inBytes is a size as people read it.
func inBytes(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
