package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// overrideTime is how long an override of the check lasts if no end is given, as in az.
const overrideTime = 3 * 24 * time.Hour

// upgradeFlags say what is upgraded, and what is said about its check.
type upgradeFlags struct {
	version      string
	alone        bool
	acknowledged []string
	force        bool
	until        string
}

func (f *upgradeFlags) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.version, "kubernetes-version", "k", "", "version to upgrade to")
	cmd.Flags().BoolVar(&f.alone, "control-plane-only", false, "leave the pools as they are")
	cmd.Flags().StringSliceVar(&f.acknowledged, "acknowledge", nil, "version gates whose break you know and have prepared for")
	cmd.Flags().BoolVar(&f.force, "enable-force-upgrade", false, "upgrade in spite of what the check finds")
	cmd.Flags().StringVar(&f.until, "upgrade-override-until", "", "until when upgrades are forced, such as 2026-12-01T18:00:00Z; without it for three days")
}

func newClusterUpgradeCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "upgrade -g GROUP -n NAME --kubernetes-version VERSION", Short: "Upgrade a cluster to a newer version of Kubernetes", Args: cobra.NoArgs,
		Long: "Upgrade the control plane of a cluster, and then its pools unless --control-plane-only is given. A control plane goes to a newer patch or to the\n" +
			"next minor; `lotse release list` shows which there are. A minor such as 1.37 means its newest patch. An upgrade that would get stuck or break\n" +
			"something is refused; --dry-run shows what is in its way, and upgrades nothing.",
	}
	sc, wait, flags := clusterScope(cmd, s), &waitFlags{}, &upgradeFlags{}
	wait.addFlags(cmd)
	flags.addFlags(cmd)
	dry := cmd.Flags().Bool("dry-run", false, "print what is in the way, and upgrade nothing; it fails if the upgrade would be refused")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name", "kubernetes-version"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		if *dry {
			return s.checkUpgrade(cmd, c, sc, flags)
		}
		path := c.ClusterPath(sc.group, sc.name)
		document, err := c.Get(cmd.Context(), path)
		if err != nil {
			return err
		}
		present, err := client.View[client.Cluster](document)
		if err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), path, upgradeOf(present, flags, time.Now()))
		if err != nil {
			return err
		}
		if err := wait.await(cmd, "upgrading cluster "+sc.name+" to "+flags.version, operation); err != nil {
			return err
		}
		return clusters.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

// upgradeOf a cluster names what changes; what a PUT leaves out stays.
func upgradeOf(present client.Cluster, f *upgradeFlags, now time.Time) map[string]any {
	properties := map[string]any{"kubernetesVersion": f.version}
	if !f.alone {
		pools := []any{}
		for _, p := range present.Properties.AgentPoolProfiles {
			pools = append(pools, map[string]any{"name": p.Name, "orchestratorVersion": f.version})
		}
		properties["agentPoolProfiles"] = pools
	}
	if len(f.acknowledged) > 0 {
		gates := slices.Concat(present.Properties.LotseProfile.AcknowledgedVersionGates, f.acknowledged)
		properties["lotseProfile"] = map[string]any{"acknowledgedVersionGates": gates}
	}
	if f.force || f.until != "" {
		until := f.until
		if until == "" {
			until = now.Add(overrideTime).UTC().Format(time.RFC3339)
		}
		properties["upgradeSettings"] = map[string]any{"overrideSettings": map[string]any{"forceUpgrade": f.force, "until": until}}
	}
	return map[string]any{"location": present.Location, "properties": properties}
}

// checkUpgrade prints what is in the way of an upgrade.
func (s *session) checkUpgrade(cmd *cobra.Command, c *client.Client, sc *scope, f *upgradeFlags) error {
	if f.force || f.until != "" {
		return usage(fmt.Errorf("--dry-run prints what --enable-force-upgrade would override; leave that out"))
	}
	body := map[string]any{"kubernetesVersion": f.version, "controlPlaneOnly": f.alone, "acknowledgedVersionGates": f.acknowledged}
	document, err := c.Post(cmd.Context(), c.UpgradeCheckPath(sc.group, sc.name), body)
	if err != nil {
		return err
	}
	check, err := client.View[client.UpgradeCheck](document)
	if err != nil {
		return err
	}
	if err := printCheck(cmd.OutOrStdout(), s.format, document, check); err != nil || check.Allowed {
		return err
	}
	return fmt.Errorf("the upgrade of cluster %s to %s would be refused", sc.name, check.KubernetesVersion)
}

func printCheck(w io.Writer, f format, document json.RawMessage, check client.UpgradeCheck) error {
	if f.String() != "table" {
		return encode(w, f, document)
	}
	for _, found := range check.Findings {
		fmt.Fprintf(w, "%s: %s: %s\n", found.Severity, found.Code, found.Message)
	}
	if check.Allowed {
		fmt.Fprintf(w, "Nothing keeps the upgrade to %s from beginning.\n", check.KubernetesVersion)
	}
	return nil
}
