package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

func newClusterCredentialsCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "credentials -g GROUP -n NAME", Short: "Write a cluster's kubeconfig", Args: cobra.NoArgs,
		Long: "Write a cluster's kubeconfig into the file that kubectl uses, and make its context the current one. The file becomes readable by its\n" +
			"owner alone. Another cluster's entries of the same name are replaced only with --overwrite-existing.",
		Example: "  lotse cluster credentials -g demo -n demo          # into $KUBECONFIG, or ~/.kube/config\n" +
			"  lotse cluster credentials -g demo -n demo -f -     # to standard output",
	}
	sc := clusterScope(cmd, s)
	file := cmd.Flags().StringP("file", "f", "", "kubeconfig to merge into, if not kubectl's, or - for standard output")
	admin := cmd.Flags().Bool("admin", false, "the administrator's credential instead of the user's")
	name := cmd.Flags().String("context", "", "name of the context, and of its cluster and its user, if not the cluster's own")
	overwrite := cmd.Flags().Bool("overwrite-existing", false, "replace entries of other clusters that have the same name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		content, err := c.Kubeconfig(cmd.Context(), sc.group, sc.name, *admin)
		if err != nil {
			return err
		}
		return writeKubeconfig(cmd, content, *file, *name, *overwrite)
	}
	return cmd
}

// writeKubeconfig to a file, or to standard output; with its entries under the name, if there is one.
func writeKubeconfig(cmd *cobra.Command, content []byte, file, name string, overwrite bool) error {
	added, err := clientcmd.Load(content)
	if err != nil {
		return fmt.Errorf("the front door's kubeconfig: %w", err)
	}
	if name != "" {
		added = rename(added, name)
	}
	if file == "-" {
		if content, err = clientcmd.Write(*added); err == nil {
			_, err = cmd.OutOrStdout().Write(content)
		}
		return err
	}
	written, err := mergeKubeconfig(userKubeconfig(file), added, overwrite)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s now has context %q and uses it\n", written, added.CurrentContext)
	return nil
}
