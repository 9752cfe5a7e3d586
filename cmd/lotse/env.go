package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newEnvCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "env", Short: "Print the lines that make the Azure CLI a client", Args: cobra.NoArgs,
		Long: "Print the lines that make the Azure CLI a client of this installation. The secret is not among them: the login line asks for it\n" +
			"with `lotse env --only secret`.",
		Example: `  eval "$(lotse env)"`,
	}
	only := cmd.Flags().String("only", "", "print one value alone: endpoint, tenant, app, secret, subscription, location or ca")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		credential, err := client.ReadCredential(s.credentials)
		if err != nil {
			return err
		}
		if *only == "" {
			_, err := fmt.Fprint(cmd.OutOrStdout(), environment(credential, s.credentials))
			return err
		}
		value, ok := valueOf(credential, *only)
		if !ok {
			return usage(fmt.Errorf("--only %s: there is no such value", *only))
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), value)
		return err
	}
	return cmd
}

func valueOf(c client.Credential, name string) (string, bool) {
	value, ok := map[string]string{
		"endpoint": c.Endpoint, "tenant": c.TenantID, "app": c.AppID, "secret": c.Secret,
		"subscription": c.SubscriptionID, "location": c.Location, "ca": c.CAFile,
	}[name]
	return value, ok
}

// environment is a shell script. Registering a cloud that is registered is an error to az, so the second time it is updated instead.
func environment(c client.Credential, file string) string {
	var b strings.Builder
	if c.CAFile != "" {
		fmt.Fprintf(&b, "export REQUESTS_CA_BUNDLE=%s\n", quote(c.CAFile))
	}
	fmt.Fprintf(&b, "export AZURE_CORE_COLLECT_TELEMETRY=no\n")
	fmt.Fprintf(&b, "az cloud show -n Lotse >/dev/null 2>&1 || az cloud register -n Lotse --endpoint-resource-manager %s\n", quote(c.Endpoint))
	fmt.Fprintf(&b, "az cloud set -n Lotse\n")
	fmt.Fprintf(&b, "az login --service-principal -u %s -p \"$(lotse --credentials %s env --only secret)\" --tenant %s\n",
		quote(c.AppID), quote(file), quote(c.TenantID))
	return b.String()
}

// quote keeps a value one word for the shell.
func quote(value string) string {
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@", r))
	}
	if value != "" && !strings.ContainsFunc(value, special) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
