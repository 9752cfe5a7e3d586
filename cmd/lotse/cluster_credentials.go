package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

func newClusterCredentialsCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "credentials -g GROUP -n NAME", Short: "Write a cluster's kubeconfig", Args: cobra.NoArgs,
		Example: "  lotse cluster credentials -g demo -n demo          # into ~/.kube/config\n" +
			"  lotse cluster credentials -g demo -n demo -f -     # to standard output",
	}
	sc := clusterScope(cmd, s)
	file := cmd.Flags().StringP("file", "f", clientcmd.RecommendedHomeFile, "kubeconfig to merge into, or - for standard output")
	admin := cmd.Flags().Bool("admin", false, "the administrator's credential instead of the user's")
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
		if *file == "-" {
			_, err := cmd.OutOrStdout().Write(content)
			return err
		}
		name, err := mergeKubeconfig(*file, content)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s now has context %q and uses it\n", *file, name)
		return nil
	}
	return cmd
}

// mergeKubeconfig adds a kubeconfig's entries to a file, replacing those of the same name, and makes its context the current one. It
// answers with that context's name. The file holds keys, so only its owner may read it.
func mergeKubeconfig(file string, content []byte) (string, error) {
	added, err := clientcmd.Load(content)
	if err != nil {
		return "", fmt.Errorf("the front door's kubeconfig: %w", err)
	}
	all := api.NewConfig()
	if _, err := os.Stat(file); err == nil {
		if all, err = clientcmd.LoadFromFile(file); err != nil {
			return "", fmt.Errorf("%s is not a kubeconfig; correct it or name another file with -f: %w", file, err)
		}
	}
	merge(all, added)
	encoded, err := clientcmd.Write(*all)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return added.CurrentContext, replace(file, encoded)
}

func merge(all, added *api.Config) {
	for name, v := range added.Clusters {
		all.Clusters[name] = v
	}
	for name, v := range added.AuthInfos {
		all.AuthInfos[name] = v
	}
	for name, v := range added.Contexts {
		all.Contexts[name] = v
	}
	all.CurrentContext = added.CurrentContext
}
