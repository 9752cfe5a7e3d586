package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

func newReleaseListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the versions of Kubernetes, how long each is supported, and what it can be upgraded to", Args: cobra.NoArgs,
		Long: "List the versions of Kubernetes that are installed, how long upstream supports each, and what it can be upgraded to. A new cluster can have\n" +
			"those of the plan KubernetesOfficial, and the newest build of the default is what it gets unasked.",
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		var list struct {
			Values []kubernetesVersion `json:"values"`
		}
		answer, err := c.Get(cmd.Context(), c.VersionsPath())
		if err != nil {
			return err
		}
		if err := json.Unmarshal(answer, &list); err != nil {
			return err
		}
		var documents []json.RawMessage
		for _, minor := range list.Values {
			for _, r := range releasesOf(minor) {
				document, err := json.Marshal(r)
				if err != nil {
					return err
				}
				documents = append(documents, document)
			}
		}
		return releases.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
