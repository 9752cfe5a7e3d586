package hosted

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"lotse.dev/api/v1alpha1"
)

func TestCurrent(t *testing.T) {
	early, late := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 9, 1, 0, 0, time.UTC)
	old, renewed := &rest.Config{BearerToken: "old"}, &rest.Config{BearerToken: "renewed"}
	cluster := types.NamespacedName{Name: "shop"}
	for sentence, c := range map[string]struct {
		began, serving time.Time
		config         *rest.Config
		want           bool
	}{
		"a watch is current while its API server serves without interruption": {early, early, old, true},
		"a watch is kept while its API server does not serve":                 {early, time.Time{}, old, true},
		"a watch from before an interruption is replaced":                     {early, late, old, false},
		"a watch is current that began before the first report":               {time.Time{}, early, old, true},
		"a watch with an earlier credential is replaced":                      {early, early, renewed, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := NewWatches()
			w.watches[cluster] = &watch{credential: fingerprint(old), serving: c.began, stop: func() {}}
			if got := w.current(cluster, c.config, c.serving); got != c.want {
				t.Errorf("current: %t", got)
			}
		})
	}
	if NewWatches().current(cluster, old, early) {
		t.Error("a cluster that is not watched has a current watch")
	}
}

func TestTheFirstReportKeepsTheWatch(t *testing.T) {
	w, cluster, config := NewWatches(), types.NamespacedName{Name: "shop"}, &rest.Config{}
	first := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	w.watches[cluster] = &watch{credential: fingerprint(config), stop: func() {}}
	if !w.current(cluster, config, first) || w.current(cluster, config, first.Add(time.Second)) {
		t.Error("an interruption after the first report was not noticed")
	}
}

func TestServingSince(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{}
	if !servingSince(cluster).IsZero() {
		t.Error("a cluster without a report serves")
	}
	cluster.Status.Components = []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true}, {Name: v1alpha1.ComponentAPIServer, Healthy: true}}
	cluster.Status.Components[1].Since.Time = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if !servingSince(cluster).Equal(cluster.Status.Components[1].Since.Time) {
		t.Errorf("serving since %s", servingSince(cluster))
	}
	cluster.Status.Components[1].Healthy = false
	if !servingSince(cluster).IsZero() {
		t.Error("an API server that is not healthy serves")
	}
}
