package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"lotse.dev/api/v1alpha1"
)

// State measures clusters, machines and operations at each scrape. It is a Runnable of the leader, so that each is counted once.
type State struct {
	// Objects to read; a cache.
	Objects client.Reader
	Clock   clock.PassiveClock
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (*State) NeedLeaderElection() bool { return true }

// Start implements manager.Runnable.
func (s *State) Start(ctx context.Context) error {
	if err := metrics.Registry.Register(s); err != nil {
		return fmt.Errorf("metrics of the state: %w", err)
	}
	<-ctx.Done()
	metrics.Registry.Unregister(s)
	return nil
}

// Describe implements prometheus.Collector.
func (*State) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{clustersDesc, machinesDesc, operationsDesc, oldestDesc, healthDesc, availabilityDesc, storeDesc, certificatesDesc} {
		to <- d
	}
}

// collecting bounds one scrape.
const collecting = 5 * time.Second

// Collect implements prometheus.Collector. If the cache cannot be read, these metrics are left out of the scrape.
func (s *State) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collecting)
	defer cancel()
	clusters, machines := &v1alpha1.ManagedClusterList{}, &v1alpha1.MachineList{}
	pools, groups := &v1alpha1.AgentPoolList{}, &v1alpha1.ResourceGroupList{}
	for _, list := range []client.ObjectList{clusters, machines, pools, groups} {
		if err := s.Objects.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return
		}
	}
	now := s.Clock.Now()
	value := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	states, phases := map[string]float64{}, map[string]float64{}
	for i := range clusters.Items {
		states[v1alpha1.ProvisioningState(&clusters.Items[i])]++
		health(&clusters.Items[i], now, value)
	}
	for i := range machines.Items {
		phases[machines.Items[i].Phase()]++
	}
	for state, n := range states {
		value(clustersDesc, n, state)
	}
	for _, phase := range v1alpha1.Phases {
		value(machinesDesc, phases[phase], phase)
	}
	operations(running(each[*v1alpha1.ManagedCluster](clusters.Items)), "ManagedCluster", now, value)
	operations(running(each[*v1alpha1.AgentPool](pools.Items)), "AgentPool", now, value)
	operations(running(each[*v1alpha1.ResourceGroup](groups.Items)), "ResourceGroup", now, value)
}

type setter func(*prometheus.Desc, float64, ...string)

func health(c *v1alpha1.ManagedCluster, now time.Time, set setter) {
	labels := []string{c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name}
	for _, h := range c.Status.Components {
		well := 0.0
		if h.Healthy {
			well = 1
		}
		set(healthDesc, well, append(labels[:3:3], h.Name)...)
	}
	if ratio, measured := c.AvailabilityAt(now); measured {
		set(availabilityDesc, ratio, labels...)
	}
	if e := c.Status.Certificates; e != nil {
		set(certificatesDesc, float64(e.NotAfter.Unix()), append(labels[:3:3], "component")...)
		set(certificatesDesc, float64(e.AuthoritiesNotAfter.Unix()), append(labels[:3:3], "authority")...)
	}
	if s := c.Status.Store; s != nil && s.QuotaBytes > 0 {
		set(storeDesc, float64(s.UsedBytes)/float64(s.QuotaBytes), labels...)
	}
}

func operations(all []v1alpha1.Operation, kind string, now time.Time, set setter) {
	oldest := 0.0
	for _, op := range all {
		oldest = max(oldest, now.Sub(op.StartedAt.Time).Seconds())
	}
	set(operationsDesc, float64(len(all)), kind)
	set(oldestDesc, oldest, kind)
}

func running(objects []v1alpha1.Tracked) (found []v1alpha1.Operation) {
	for _, o := range objects {
		if op := v1alpha1.CurrentOperation(o); op.State == v1alpha1.InProgress {
			found = append(found, op)
		}
	}
	return found
}

// each item by its pointer.
func each[P interface {
	*T
	v1alpha1.Tracked
}, T any](items []T) []v1alpha1.Tracked {
	all := make([]v1alpha1.Tracked, len(items))
	for i := range items {
		all[i] = P(&items[i])
	}
	return all
}
