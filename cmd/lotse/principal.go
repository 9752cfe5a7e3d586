package main

import (
	"cmp"
	"strconv"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalCommand(s *session) *cobra.Command {
	return noun("principal", "Principals log in: users, service principals, managed identities (for operators)",
		newPrincipalCreateCommand(s), newPrincipalListCommand(s), newPrincipalShowCommand(s), newPrincipalUpdateCommand(s),
		newPrincipalDeleteCommand(s),
		noun("secret", "Secrets of a principal; it may have several, so that they can be rotated",
			newPrincipalSecretAddCommand(s), newPrincipalSecretListCommand(s), newPrincipalSecretRemoveCommand(s)))
}

var principals = table[client.Principal]{
	columns: []string{"ID", "NAME", "KIND", "USER", "ENABLED", "SECRETS"},
	row: func(p client.Principal) []string {
		return []string{p.Name, p.Properties.DisplayName, p.Properties.Kind, p.Properties.UserName, strconv.FormatBool(p.Properties.Enabled),
			strconv.Itoa(len(p.Properties.Secrets))}
	},
}

var secrets = table[client.Secret]{
	columns: []string{"ID", "NAME", "SINCE", "UNTIL", "SECRET"},
	row: func(s client.Secret) []string {
		until := "never"
		if s.EndDateTime != nil {
			until = s.EndDateTime.Format("2006-01-02 15:04")
		}
		if s.Expired {
			until += " (expired)"
		}
		return []string{s.KeyID, s.DisplayName, s.StartDateTime.Format("2006-01-02 15:04"), until, cmp.Or(s.SecretText, "(shown once)")}
	},
}

// principalID is the value of -n: principals have a GUID instead of a name.
func principalID(cmd *cobra.Command, s *session) *string {
	id := cmd.Flags().StringP("name", "n", "", "ID of the principal")
	completes(cmd, "name", func(cmd *cobra.Command) ([]string, error) {
		return listNames(cmd, s, func(*client.Client) string { return client.PrincipalsPath })
	})
	return id
}
