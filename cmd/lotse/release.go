package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/release"
)

func newReleaseCommand(s *session) *cobra.Command {
	return noun("release", "Versions of Kubernetes that clusters can have", newReleaseAddCommand(), newReleaseListCommand(s), newReleaseHaltCommand(), newReleaseResumeCommand())
}

// releaseRow is a version of Kubernetes with one of its builds, as the list shows it.
type releaseRow struct {
	Version      string   `json:"version"`
	Default      bool     `json:"default"`
	State        string   `json:"state"`
	SupportPlan  string   `json:"supportPlan"`
	EndOfSupport string   `json:"endOfSupport,omitempty"`
	Upgrades     []string `json:"upgrades"`
	Name         string   `json:"name"`
	NodeImage    string   `json:"nodeImageVersion"`
	CreatedAt    string   `json:"createdAt"`
	// RolloutHalted says why no cluster gets it by itself; empty if clusters do.
	RolloutHalted string `json:"rolloutHalted,omitempty"`
}

var releases = table[releaseRow]{
	columns: []string{"VERSION", "DEFAULT", "STATE", "PLAN", "END OF SUPPORT", "UPGRADES", "NODE IMAGE", "CREATED", "RELEASE", "ROLL-OUT"},
	row: func(r releaseRow) []string {
		standard := ""
		if r.Default {
			standard = "default"
		}
		rollout := ""
		if r.RolloutHalted != "" {
			rollout = "halted: " + r.RolloutHalted
		}
		return []string{r.Version, standard, r.State, r.SupportPlan, r.EndOfSupport, strings.Join(r.Upgrades, ","), r.NodeImage, r.CreatedAt, r.Name, rollout}
	},
}

// kubernetesVersion is a minor as the front door lists it.
type kubernetesVersion struct {
	IsDefault     bool `json:"isDefault"`
	PatchVersions map[string]struct {
		Upgrades     []string `json:"upgrades"`
		LotseProfile []struct {
			Name             string `json:"name"`
			NodeImageVersion string `json:"nodeImageVersion"`
			CreatedAt        string `json:"createdAt"`
			RolloutHalted    string `json:"rolloutHalted"`
		} `json:"lotseProfile"`
	} `json:"patchVersions"`
	LotseProfile struct {
		State            string `json:"state"`
		SupportPlan      string `json:"supportPlan"`
		EndOfSupportDate string `json:"endOfSupportDate"`
	} `json:"lotseProfile"`
}

// releasesOf a minor, the newest version first, and the newest build of a version first. The default is the newest patch of the default minor.
func releasesOf(minor kubernetesVersion) (all []releaseRow) {
	versions := slices.SortedFunc(maps.Keys(minor.PatchVersions), func(a, b string) int { return compareVersions(b, a) })
	for i, v := range versions {
		patch, life := minor.PatchVersions[v], minor.LotseProfile
		for j, build := range patch.LotseProfile {
			all = append(all, releaseRow{
				Version: v, Default: minor.IsDefault && i == 0 && j == 0, State: life.State, SupportPlan: life.SupportPlan,
				EndOfSupport: life.EndOfSupportDate, Upgrades: patch.Upgrades, Name: build.Name, NodeImage: build.NodeImageVersion, CreatedAt: build.CreatedAt,
				RolloutHalted: build.RolloutHalted,
			})
		}
	}
	return all
}

// compareVersions by number; one that cannot be read comes last.
func compareVersions(a, b string) int {
	v, _ := release.ParseVersion(a)
	o, _ := release.ParseVersion(b)
	return v.Compare(o)
}
