package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// Versions of the stories. Each names the one that it means, because the default depends on which are installed.
const (
	storyVersion = "1.37" // what make images builds
	olderVersion = "1.36" // what lotse release add makes available
)

// TestVersions: the operator adds an older version of Kubernetes; a customer creates a cluster of it, and upgrades its control plane to the next minor while
// it is used. It runs alone, because it measures for how long the API does not answer.
func TestVersions(t *testing.T) {
	before, err := lotse.cli(t.Context(), "release", "list")
	if err != nil {
		t.Fatal(err)
	}
	out, err := lotse.cli(t.Context(), "release", "add", olderVersion, "--artifacts", lotse.artifacts)
	if err != nil {
		t.Fatalf("adding %s: %v; build it with make releases\n%s", olderVersion, err, out)
	}
	t.Log(out)
	s := begin(t, ownCluster(t, "older", map[string]any{
		"kubernetesVersion": olderVersion, "agentPoolProfiles": []any{pool("sys", "System", 1)},
	}))

	if lineWith(before, olderVersion+".") == "" {
		s.removeLater(olderVersion)
	}

	s.step("the list has both versions, and the older one is the default")
	list, err := lotse.cli(s.ctx, "release", "list")
	s.need(err)
	s.Log("\n" + list)
	if older := lineWith(list, olderVersion+"."); !strings.Contains(older, " default ") || !strings.Contains(list, storyVersion+".") {
		s.fail("lotse release list printed:\n%s", list)
	}

	s.step("control plane and node are of the older version, and a Pod runs on it")
	s.runs(olderVersion)
	nodes := s.nodes("sys")
	if len(nodes) != 1 || !strings.HasPrefix(nodes[0].Status.NodeInfo.KubeletVersion, "v"+olderVersion+".") {
		s.fail("its Ready nodes are %v", nodes)
	}
	guest := s.run(server("guest", storyImage(t)))

	s.step("a downgrade and a skipped minor are refused with what there is")
	for _, version := range []string{"1.35.4", "1.38.0"} {
		refused := (*client.Error)(nil)
		if err := s.upgrade(version); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || refused.Code != "K8sVersionNotSupported" ||
			!strings.Contains(refused.Error(), storyVersion+".") {
			s.fail("the upgrade to %s answered %v", version, err)
		}
	}

	s.checkedAhead(guest.Name, storyVersion)

	s.step("the control plane is upgraded while it is used, and Lotse is killed meanwhile")
	load := newRollingLoad(s.ctx, map[string]attempt{
		"a request": {every: 50 * time.Millisecond, do: s.freshRequest},
		"exec":      {every: 100 * time.Millisecond, do: s.execIn(*guest)},
	})
	s.until("all of it to work", time.Minute, load.works)
	load.start()
	began := time.Now()
	f, killed, after := &fixture{management: managementClient(t)}, make(chan error, 1), 2*time.Second+rand.N(5*time.Second) // the request is answered by then
	go func() {
		time.Sleep(after)
		_, err := f.service().inject(s.ctx, syscall.SIGKILL)
		killed <- err
	}()
	err = s.upgrade(storyVersion)
	s.need(<-killed)
	s.Logf("Lotse was killed after %.1f s", after.Seconds())
	s.Logf("the control plane was upgraded in %.1f s", time.Since(began).Seconds())
	failures := load.stop()
	s.need(err)
	for _, line := range append(load.report(), failures...) {
		s.Log(line)
	}
	if gap := load.figures["a request"].gap; gap > 3*time.Second {
		s.Errorf("the API did not answer for %s, want 3 s at most", gap)
	}
	s.until("the front door to answer again", 3*time.Minute, func() (bool, string) {
		_, err := lotse.client.Get(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
		return err == nil, fmt.Sprint(err)
	})

	s.step("it runs the newer version, the node still the older one, and the Pod was not touched")
	s.runs(storyVersion)
	if kubelet := s.nodes("sys")[0].Status.NodeInfo.KubeletVersion; !strings.HasPrefix(kubelet, "v"+olderVersion+".") {
		s.fail("the kubelet is %s", kubelet)
	}
	if again := s.ready("guest"); again.UID != guest.UID || again.Status.ContainerStatuses[0].RestartCount != 0 {
		s.fail("the Pod was replaced or restarted: %v", again.Status)
	}
	s.run(server("afterwards", storyImage(t))) // controllers, scheduler and kubelet work with each other

	s.followsItsChannel()
}

// removeLater removes the releases of a minor when all stories have ended: the default is to be what it was before.
func (s *story) removeLater(minor string) {
	s.Helper()
	management := managementObjects(s)
	lotse.later(func() {
		var releases v1alpha1.ReleaseList
		_ = management.List(context.Background(), &releases)
		for i := range releases.Items {
			if strings.HasPrefix(releases.Items[i].Spec.KubernetesVersion, minor+".") {
				_ = management.Delete(context.Background(), &releases.Items[i])
			}
		}
	})
}

// upgrade the control plane alone, as az aks upgrade --control-plane-only does, and wait.
func (s *story) upgrade(version string) error {
	body := map[string]any{"location": lotse.client.Credential.Location, "properties": map[string]any{"kubernetesVersion": version}}
	operation, err := lotse.client.Put(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name), body)
	if err != nil {
		return err
	}
	return persistently(s.ctx, operation)
}

// runs fails the story if the API server is not of the minor.
func (s *story) runs(minor string) {
	s.Helper()
	version, err := s.kube.Discovery().ServerVersion()
	s.need(err)
	if !strings.HasPrefix(version.GitVersion, "v"+minor+".") {
		s.fail("the API server is %s, want %s", version.GitVersion, minor)
	}
}

// lineWith is the first line of a text that has a word.
func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}
