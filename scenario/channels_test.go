package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"lotse.dev/client"
)

// followsItsChannel: the cluster, whose pool is older than its control plane, gets channel rapid. While its window is closed it says when it will be upgraded; when
// one is open, it is.
func (s *story) followsItsChannel() {
	s.Helper()
	s.step("it gets a channel, while its maintenance window is closed")
	s.window(12 * time.Hour)
	path := lotse.client.ClusterPath(s.group, s.cluster.name)
	operation, err := lotse.client.Put(s.ctx, path, map[string]any{
		"location": lotse.client.Credential.Location, "properties": map[string]any{"autoUpgradeProfile": map[string]any{"upgradeChannel": "rapid"}},
	})
	s.need(err)
	s.need(operation.Wait(s.ctx, nil))
	s.until("the reason to be shown", time.Minute, func() (bool, string) {
		next := s.nextUpgrade()
		return next.At != nil && next.At.After(time.Now().Add(11*time.Hour)) && strings.HasPrefix(next.To, storyVersion+".") &&
			strings.Contains(next.Message, "in the window of maintenance configuration aksManagedAutoUpgradeSchedule"), fmt.Sprintf("%+v", next)
	})
	shown, err := lotse.cli(s.ctx, "cluster", "auto-upgrade", "-g", s.group, "-n", s.cluster.name)
	s.need(err)
	s.Log("\n" + shown)
	if !strings.Contains(lineWith(shown, "Kubernetes"), " rapid ") {
		s.fail("lotse cluster auto-upgrade printed:\n%s", shown)
	}

	// The release was added while the window was open, and the window ends soon: the moment of every cluster has passed.
	s.step("a window opens, and its node is upgraded")
	s.window(-4*time.Hour + 4*time.Minute)
	s.until("a node of "+storyVersion, 15*time.Minute, func() (bool, string) {
		nodes := s.nodes("sys")
		return len(nodes) == 1 && strings.HasPrefix(nodes[0].Status.NodeInfo.KubeletVersion, "v"+storyVersion+"."), fmt.Sprintf("%+v; nodes %d", s.nextUpgrade(), len(nodes))
	})
	s.until("nothing to be left to do", 5*time.Minute, func() (bool, string) {
		next := s.nextUpgrade()
		return next.To == "" && strings.HasPrefix(next.Message, "Nothing to do:"), fmt.Sprintf("%+v", next)
	})
}

// channels are set, shown and unset by az, which does not know why there is nothing to do: that is beyond AKS.
func (a *azStory) channels(t *testing.T) {
	update := func(channel string) {
		t.Helper()
		a.ask(t, channel, "aks", "update", "-g", a.group, "-n", "c1", "--auto-upgrade-channel", channel, "autoUpgradeProfile.upgradeChannel")
	}
	update("rapid")
	a.ask(t, "rapid", "aks", "show", "-g", a.group, "-n", "c1", "autoUpgradeProfile.upgradeChannel")
	const reason = "properties.lotseProfile.autoUpgrade.kubernetes.message"
	why := a.must(a.ctx, t, "resource", "show", "-g", a.group, "-n", "c1", "--resource-type", "Microsoft.ContainerService/managedClusters", "--query", reason, "-o", "tsv")
	if !strings.HasPrefix(why, "Nothing to do: of the patches of "+storyVersion+" that are installed none is newer than ") {
		t.Errorf("the reason is %q", why)
	}
	a.refused(a.ctx, t, []string{"auto-upgrade-channel"}, "aks", "update", "-g", a.group, "-n", "c1", "--auto-upgrade-channel", "weekly")
	update("none")
}

// window of four hours that opens each day, next or last at a time from now.
func (s *story) window(from time.Duration) {
	s.Helper()
	begins := time.Now().UTC().Add(from)
	_, err := lotse.client.Put(s.ctx, lotse.client.MaintenancePath(s.group, s.cluster.name, "aksManagedAutoUpgradeSchedule"), map[string]any{
		"properties": map[string]any{"maintenanceWindow": map[string]any{
			"schedule": map[string]any{"daily": map[string]any{"intervalDays": 1}}, "durationHours": 4, "utcOffset": "+00:00",
			"startDate": begins.Format(time.DateOnly), "startTime": begins.Format("15:04"),
		}},
	})
	s.need(err)
}

// nextUpgrade of Kubernetes, as the cluster's document has it.
func (s *story) nextUpgrade() (next client.PlannedUpgrade) {
	s.Helper()
	document, err := lotse.client.Get(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
	s.need(err)
	var c client.Cluster
	s.need(json.Unmarshal(document, &c))
	if planned := c.Properties.LotseProfile.AutoUpgrade.Kubernetes; planned != nil {
		next = *planned
	}
	return next
}
