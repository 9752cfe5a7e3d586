package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newEnvCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "env", Short: "Print the lines that make the Azure CLI or an Azure SDK a client", Args: cobra.NoArgs,
		Long: "Print the lines that make the Azure CLI a client of this installation, or with --sdk programs that use an Azure SDK. They do\n" +
			"not contain the secret, but call `lotse env --only secret`, and az gets it through a pipe: it stands in no argument.",
		Example: "  eval \"$(lotse env)\"\n  eval \"$(lotse env --sdk)\"",
	}
	sdk := cmd.Flags().Bool("sdk", false, "print the variables that the SDKs' credentials and TLS read, instead of the lines for az")
	only := cmd.Flags().String("only", "", "print only one value: endpoint, tenant, app, secret, subscription, location or ca")
	cmd.MarkFlagsMutuallyExclusive("sdk", "only")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		credential, err := client.ReadCredential(s.credentials)
		if err != nil {
			return err
		}
		if *only != "" {
			return printValue(cmd.OutOrStdout(), credential, *only)
		}
		bundle, lines := "", azEnvironment
		if credential.CAFile != "" {
			if bundle, err = writeBundle(credential.CAFile); err != nil {
				return err
			}
		}
		if *sdk {
			lines = sdkEnvironment
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), lines(credential, bundle, s.credentials))
		return err
	}
	return cmd
}

func printValue(w io.Writer, c client.Credential, name string) error {
	value, ok := map[string]string{
		"endpoint": c.Endpoint, "tenant": c.TenantID, "app": c.AppID, "secret": c.Secret,
		"subscription": c.SubscriptionID, "location": c.Location, "ca": c.CAFile,
	}[name]
	if !ok {
		return usage(fmt.Errorf("--only %s: no such value", name))
	}
	_, err := fmt.Fprintln(w, value)
	return err
}

// azEnvironment is a shell script. az fails to register a cloud that it has and to update one that it lacks; the update comes first, because
// the endpoint may have changed. az reads an argument @- from its standard input: arguments can be seen by every user of the machine.
func azEnvironment(c client.Credential, bundle, file string) string {
	var b strings.Builder
	if bundle != "" {
		fmt.Fprintf(&b, "export REQUESTS_CA_BUNDLE=%s\n", quote(bundle))
	}
	fmt.Fprintf(&b, "export AZURE_CORE_COLLECT_TELEMETRY=no\n")
	fmt.Fprintf(&b, "az cloud update -n Lotse --endpoint-resource-manager %[1]s 2>/dev/null ||"+
		" az cloud register -n Lotse --endpoint-resource-manager %[1]s\n", quote(c.Endpoint))
	fmt.Fprintf(&b, "az cloud set -n Lotse\n")
	fmt.Fprintf(&b, "%s | az login --service-principal -u %s -p @- --tenant %s\n", askSecret(file), quote(c.AppID), quote(c.TenantID))
	fmt.Fprintf(&b, "az account set -s %s\n", quote(c.SubscriptionID))
	return b.String()
}

// sdkEnvironment are the variables of the SDKs' EnvironmentCredential. Its tenant is adfs: any other would make it ask a public host first.
func sdkEnvironment(c client.Credential, bundle, file string) string {
	var b strings.Builder
	for _, v := range []struct{ name, value string }{
		{"AZURE_AUTHORITY_HOST", quote(c.Endpoint)},
		{"AZURE_RESOURCE_MANAGER_ENDPOINT", quote(c.Endpoint)},
		{"AZURE_TENANT_ID", "adfs"},
		{"AZURE_CLIENT_ID", quote(c.AppID)},
		{"AZURE_CLIENT_SECRET", `"$(` + askSecret(file) + `)"`},
		{"AZURE_SUBSCRIPTION_ID", quote(c.SubscriptionID)},
	} {
		fmt.Fprintf(&b, "export %s=%s\n", v.name, v.value)
	}
	if bundle != "" {
		fmt.Fprintf(&b, "export NODE_EXTRA_CA_CERTS=%s SSL_CERT_FILE=%[2]s REQUESTS_CA_BUNDLE=%[2]s\n", quote(c.CAFile), quote(bundle))
	}
	return b.String()
}

// askSecret is a shell command that prints the secret, which keeps it out of history, screen and arguments.
func askSecret(file string) string {
	program, err := os.Executable()
	if err != nil {
		program = "lotse"
	}
	return fmt.Sprintf("%s --credentials %s env --only secret", quote(program), quote(file))
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
