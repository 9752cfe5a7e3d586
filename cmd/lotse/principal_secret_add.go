package main

import (
	"context"
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
		if *file != "" {
			return writeSecret(cmd.Context(), c, *id, body, *file)
		}
		document, err := addSecret(cmd.Context(), c, *id, body)
		if err != nil {
			return err
		}
		return secrets.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}

func addSecret(ctx context.Context, c *client.Client, principal string, body map[string]any) (json.RawMessage, error) {
	return c.Post(ctx, client.PrincipalPath(principal)+"/addSecret", body)
}

// writeSecret adds a secret and writes it into a new credential file. The file is created first, because the secret is shown only once.
func writeSecret(ctx context.Context, c *client.Client, principal string, body map[string]any, file string) error {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	document, err := addSecret(ctx, c, principal, body)
	if err != nil {
		return errors.Join(err, out.Close(), os.Remove(file))
	}
	return writeCredential(out, c.Credential, principal, document)
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
