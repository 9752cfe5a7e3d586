package hosted

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"lotse.dev/api/v1alpha1"
)

func TestWatching(t *testing.T) {
	early, late := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 9, 1, 0, 0, time.UTC)
	old, renewed := &rest.Config{BearerToken: "old"}, &rest.Config{BearerToken: "renewed"}
	cluster := types.NamespacedName{Name: "shop"}
	for sentence, c := range map[string]struct {
		began, serving time.Time
		config         *rest.Config
		want           bool
	}{
		"a watch is good while its API server serves without a break":   {early, early, old, true},
		"a watch is kept while its API server does not serve":           {early, time.Time{}, old, true},
		"a watch from before a break is made anew":                      {early, late, old, false},
		"a watch is good that began before anybody knew of the serving": {time.Time{}, early, old, true},
		"a watch with an earlier credential is made anew":               {early, early, renewed, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := NewWatches()
			w.live[cluster] = &watch{credential: fingerprint(old), serving: c.began, stop: func() {}}
			if got := w.watching(cluster, c.config, c.serving); got != c.want {
				t.Errorf("watching: %t", got)
			}
		})
	}
	if NewWatches().watching(cluster, old, early) {
		t.Error("a cluster is watched that never was")
	}
}

func TestAWatchLearnsFromTheFirstReport(t *testing.T) {
	w, cluster, config := NewWatches(), types.NamespacedName{Name: "shop"}, &rest.Config{}
	first := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	w.live[cluster] = &watch{credential: fingerprint(config), stop: func() {}}
	if !w.watching(cluster, config, first) || w.watching(cluster, config, first.Add(time.Second)) {
		t.Error("a break after the first report was not noticed")
	}
}

func TestServingSince(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{}
	if !servingSince(cluster).IsZero() {
		t.Error("nobody reported yet")
	}
	cluster.Status.Components = []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true}, {Name: v1alpha1.ComponentAPIServer, Healthy: true}}
	cluster.Status.Components[1].Since.Time = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if !servingSince(cluster).Equal(cluster.Status.Components[1].Since.Time) {
		t.Errorf("serving since %s", servingSince(cluster))
	}
	cluster.Status.Components[1].Healthy = false
	if !servingSince(cluster).IsZero() {
		t.Error("an API server that is not well serves")
	}
}
