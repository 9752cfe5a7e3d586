package autoupgrade

import (
	"context"
	"strings"
	"testing"

	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// emptyFleet lists nothing.
type emptyFleet struct{ client.Client }

func (emptyFleet) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }

// refusing answers each request with what it says.
type refusing struct{ kubernetes, nodeImage string }

func (r refusing) AutoUpgrade(context.Context, *v1alpha1.ManagedCluster, release.Version, map[string]release.Version, string) (string, error) {
	return r.kubernetes, nil
}

func (r refusing) AutoUpgradeNodeImage(context.Context, *v1alpha1.ManagedCluster, string, string) (string, error) {
	return r.nodeImage, nil
}

func TestWhatBegins(t *testing.T) {
	const newer = "LotseDebian-12-202611.30.0"
	const wait = "It waits for its turn: the upgrade of another cluster is being asked for."
	for sentence, c := range map[string]struct {
		says                  refusing
		taken                 bool // another cluster's upgrade is being asked for
		refused               bool
		kubernetes, nodeImage string
	}{
		"Kubernetes first":                                 {refusing{}, false, false, "It begins now.", "It begins after the upgrade of Kubernetes."},
		"a node image if Kubernetes is refused":            {refusing{kubernetes: "a budget"}, false, true, "It was refused, and is tried again: a budget", "It begins now."},
		"nothing if both are":                              {refusing{"a budget", "a pool"}, false, true, "It was refused, and is tried again: a budget", "It was refused, and is tried again: a pool"},
		"nothing while another cluster's is being checked": {refusing{}, true, false, wait, "It begins after the upgrade of Kubernetes."},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := a("1.37.0")
			f.Releases = installed("1.37.0", "1.37.0 "+newer+" next", "1.37.2")
			f.Cluster.Spec.UpgradeChannel, f.Cluster.Spec.NodeOSUpgradeChannel = v1alpha1.UpgradeChannelRapid, v1alpha1.NodeOSChannelNodeImage
			r := &Reconciler{Client: emptyFleet{}, Live: emptyFleet{}, Recorder: events.NewFakeRecorder(10), Upgrades: c.says, MaxPercent: 10}
			if c.taken {
				r.turn.Lock()
			}
			d := Decide(f)
			refused, err := r.begin(t.Context(), f.Cluster, &d)
			if err != nil || refused != c.refused || d.Next.Kubernetes.Message != c.kubernetes || d.Next.NodeImage.Message != c.nodeImage {
				t.Errorf("refused %v, %v: %q, %q", refused, err, d.Next.Kubernetes.Message, d.Next.NodeImage.Message)
			}
			if began := len(r.Recorder.(*events.FakeRecorder).Events) > 0; began != strings.Contains(c.kubernetes+c.nodeImage, "It begins now.") {
				t.Errorf("something began: %v", began)
			}
		})
	}
}
