package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voronka/voronka/crm/access"
	"github.com/voronka/voronka/engine"
	"github.com/voronka/voronka/storage"
)

func userCommand() *cobra.Command {
	data, place := "", ""
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Look after the people of a data folder or a database",
		Long: "Works on a data folder of which no server is running, or on a database, whose servers may run: for who can't sign in. Else\n" +
			"people are looked after in the server's pages.",
	}
	cmd.PersistentFlags().StringVar(&data, "data", "data", "the data folder, of which no server may be running")
	cmd.PersistentFlags().StringVar(&place, "store", "", "the database in place of a data folder: postgres://user:password@host/database")
	cmd.MarkFlagsMutuallyExclusive(places...)
	open := func(ctx context.Context) (storage.Store, error) { return openStore(ctx, cmp.Or(place, data)) }
	do := func(fn func(tx *engine.Tx, cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			store, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer store.Close()
			a, err := openApp(cmd.Context(), store, engine.Options{})
			if err != nil {
				return err
			}
			return a.engine.Update(cmd.Context(), func(tx *engine.Tx) error { return fn(tx, cmd, args) })
		}
	}
	cmd.AddCommand(userAdd(do), userPassword(do), userList(open))
	return cmd
}

type userDeed func(fn func(tx *engine.Tx, cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error

func userAdd(do userDeed) *cobra.Command {
	u := access.User{Active: true}
	var hash access.Hash
	c := &cobra.Command{
		Use:     "add LOGIN --role ROLE... [--name NAME]",
		Short:   "Add a person; the password is read from standard input",
		Args:    cobra.ExactArgs(1),
		Example: "  echo 's3cret phrase' | voronka user add olga --name Ольга --role sales_manager --data data",
		PreRunE: func(cmd *cobra.Command, args []string) (err error) {
			if u.ID = args[0]; u.Name == "" {
				u.Name = u.ID
			}
			hash, err = readPassword(cmd.InOrStdin())
			return err
		},
		RunE: do(func(tx *engine.Tx, cmd *cobra.Command, _ []string) error {
			_, err := access.Create(tx, access.System("user"), u, hash)
			return err
		}),
	}
	c.Flags().StringVar(&u.Name, "name", "", "what others see; the login if left out")
	c.Flags().StringSliceVar(&u.Roles, "role", nil, "a role of the diagrams' lanes, or admin; may be given several times")
	c.Flags().StringVar(&u.Branch, "branch", "", "the branch")
	c.Flags().StringVar(&u.Language, "language", "ru", "ru or en")
	_ = c.MarkFlagRequired("role")
	return c
}

func userPassword(do userDeed) *cobra.Command {
	var hash access.Hash
	return &cobra.Command{
		Use:   "password LOGIN",
		Short: "Set a person's password, read from standard input; sessions end",
		Args:  cobra.ExactArgs(1),
		PreRunE: func(cmd *cobra.Command, _ []string) (err error) {
			hash, err = readPassword(cmd.InOrStdin())
			return err
		},
		RunE: do(func(tx *engine.Tx, _ *cobra.Command, args []string) error {
			return access.SetPassword(tx, access.System("user"), args[0], hash, "")
		}),
	}
}

func userList(open func(ctx context.Context) (storage.Store, error)) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the people, their roles and whether they can sign in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer store.Close()
			var all []*access.User
			a, err := openApp(cmd.Context(), store, engine.Options{})
			if err != nil {
				return err
			}
			if err := a.engine.View(cmd.Context(), func(tx *engine.Tx) (err error) {
				all, err = access.Users(tx)
				return err
			}); err != nil {
				return err
			}
			for _, u := range all {
				state := "active"
				if !u.Active {
					state = "gone"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\t%s\t%s\n", u.ID, u.Name, strings.Join(u.Roles, ","), state)
			}
			return nil
		},
	}
}

// readPassword reads one line and hashes it.
func readPassword(in io.Reader) (access.Hash, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", errors.New("no password on standard input")
	}
	return access.HashPassword(password)
}
