package main

import (
	"cmp"
	"os"

	"github.com/spf13/cobra"

	"lotse.dev/management/host"
)

// dataDir is where "lotse up" keeps an installation.
const dataDir = host.DefaultData

// newRootCommand also returns whether a verb's own code began to run.
func newRootCommand() (*cobra.Command, *bool) {
	began := false
	s := &session{}
	root := &cobra.Command{
		Use:   "lotse",
		Short: "A managed Kubernetes service on your own machines",
		Long: `Lotse operates Kubernetes control planes and node pools on your own machines.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict or busy, 5 not authorised, 6 timed out.`,
		SilenceUsage:     true,
		SilenceErrors:    true,
		Args:             cobra.NoArgs,
		RunE:             func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(*cobra.Command, []string) { began = true },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&s.credentials, "credentials", cmp.Or(os.Getenv("LOTSE_CREDENTIALS"), host.Data(dataDir).AdministratorCredential()),
		"credential file (LOTSE_CREDENTIALS)")
	flags.StringVar(&s.subscriptionID, "subscription", os.Getenv("LOTSE_SUBSCRIPTION"), "subscription, if not the credential's (LOTSE_SUBSCRIPTION)")
	flags.VarP(&s.format, "output", "o", "output format: table, json or yaml")
	completes(root, "output", func(*cobra.Command) ([]string, error) { return formats, nil })
	root.AddGroup(
		&cobra.Group{ID: clientVerbs, Title: "Clusters:"}, &cobra.Group{ID: accessVerbs, Title: "Access:"}, &cobra.Group{ID: hostVerbs, Title: "This host:"},
	)
	add(root, accessVerbs, newSubscriptionCommand(s), newPrincipalCommand(s), newRoleCommand(s), newAuditCommand(s))
	add(root, clientVerbs, newGroupCommand(s), newClusterCommand(s), newNodepoolCommand(s), newMaintenanceCommand(s), newImageCommand(s), newEnvCommand(s), newIdentityCommand(s))
	add(root, hostVerbs, append(hostCommands(), newStatusCommand(s), newLogsCommand(s), newSupportBundleCommand(s), newDemoCommand(s), newReleaseCommand(s))...)
	add(root, "", newVersionCommand(s))
	return root, &began
}

// Titles in the root command's help.
const (
	clientVerbs = "client"
	accessVerbs = "access"
	hostVerbs   = "host"
)

func add(root *cobra.Command, group string, verbs ...*cobra.Command) {
	for _, v := range verbs {
		v.GroupID = group
		root.AddCommand(v)
	}
}

// noun makes a command that only holds verbs.
func noun(name, short string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(verbs...)
	return c
}
