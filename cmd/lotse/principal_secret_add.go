package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalSecretAddCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add -n ID", Short: "Create a secret for a principal and show it once", Args: cobra.NoArgs,
		Long: "Create a secret for a principal and show it once. To rotate a secret, add another one, distribute it, then remove the old one.\n\n" +
			"With --file the secret is not shown but written, with everything a client needs, into a credential file for --credentials.",
		Example: "  lotse principal secret add -n ID --expires-in 2160h --file builder.json",
	}
	id := principalID(cmd, s)
	display := cmd.Flags().String("display-name", "", "what the secret is for")
	lifetime := cmd.Flags().Duration("expires-in", 365*24*time.Hour, "how long it is valid; 0 is without end")
	file := cmd.Flags().String("file", "", "credential file to write")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		if *lifetime < 0 {
			return usage(errors.New("--expires-in cannot be negative"))
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		body := map[string]any{"displayName": *display}
		if *lifetime > 0 {
			body["endDateTime"] = time.Now().Add(*lifetime).UTC().Format(time.RFC3339)
		}
		var out *os.File
		if *file != "" { // before the secret is made, because it is shown only once
			if out, err = os.OpenFile(*file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600); err != nil {
				return err
			}
		}
		document, err := c.Post(cmd.Context(), client.PrincipalPath(*id)+"/addSecret", body)
		if err != nil {
			if out != nil {
				err = errors.Join(err, out.Close(), os.Remove(*file))
			}
			return err
		}
		if out == nil {
			return secrets.print(cmd.OutOrStdout(), s.format, document)
		}
		return writeCredential(out, c.Credential, *id, document)
	}
	return cmd
}

// writeCredential writes the caller's credential with the principal's ID and secret.
func writeCredential(out *os.File, credential client.Credential, principal string, document json.RawMessage) error {
	secret, err := client.View[client.Secret](document)
	if err != nil {
		return err
	}
	credential.AppID, credential.Secret = principal, secret.SecretText
	if credential.CAFile != "" {
		if credential.CAFile, err = filepath.Abs(credential.CAFile); err != nil {
			return err
		}
	}
	content, err := json.MarshalIndent(credential, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, string(content))
	return errors.Join(err, out.Close())
}
