package telemetry

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// fixture is a cache with a cluster whose API server is down, and its machines.
type fixture struct {
	client.Reader
	now metav1.Time
}

// List implements client.Reader.
func (w fixture) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	ago := func(d time.Duration) metav1.Time { return metav1.NewTime(w.now.Add(-d)) }
	switch list := list.(type) {
	case *v1alpha1.ManagedClusterList:
		c := v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
		c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name = "s", "g", "c"
		c.Status.Availability = &v1alpha1.Availability{Since: ago(1000 * time.Second), UnavailableSeconds: 100}
		c.Status.Components = []v1alpha1.ComponentHealth{
			{Name: "etcd", Healthy: true, Since: ago(time.Hour)}, {Name: "kube-apiserver", Since: ago(50 * time.Second)},
		}
		c.Status.Store = &v1alpha1.StoreState{SizeBytes: 90, UsedBytes: 75, QuotaBytes: 100}
		c.Status.Certificates = &v1alpha1.CertificateExpiry{First: "etcd/server", NotAfter: metav1.Unix(2000, 0), AuthoritiesNotAfter: metav1.Unix(3000, 0)}
		c.Status.Operations = []v1alpha1.Operation{{Generation: 2, Verb: v1alpha1.Updating, State: v1alpha1.InProgress, StartedAt: ago(time.Minute)}}
		list.Items = append(list.Items, c)
	case *v1alpha1.MachineList:
		list.Items = make([]v1alpha1.Machine, 2)
		list.Items[0].Status.Conditions = []metav1.Condition{{Type: v1alpha1.MachineReady, Status: metav1.ConditionTrue}}
	}
	return nil
}

func TestState(t *testing.T) {
	now := time.Now()
	s := &State{Objects: fixture{now: metav1.NewTime(now)}, Clock: clocktesting.NewFakePassiveClock(now)}
	want := `
lotse_clusters{provisioning_state="Updating"} 1
lotse_control_plane_availability_ratio{cluster="c",resource_group="g",subscription="s"} 0.85
lotse_control_plane_certificate_expiry_timestamp_seconds{certificate="authority",cluster="c",resource_group="g",subscription="s"} 3000
lotse_control_plane_certificate_expiry_timestamp_seconds{certificate="component",cluster="c",resource_group="g",subscription="s"} 2000
lotse_control_plane_component_healthy{cluster="c",component="etcd",resource_group="g",subscription="s"} 1
lotse_control_plane_component_healthy{cluster="c",component="kube-apiserver",resource_group="g",subscription="s"} 0
lotse_control_plane_store_used_ratio{cluster="c",resource_group="g",subscription="s"} 0.75
lotse_machines{phase="Deleting"} 0
lotse_machines{phase="Pending"} 1
lotse_machines{phase="Ready"} 1
lotse_machines{phase="Registered"} 0
lotse_machines{phase="Running"} 0
lotse_machines{phase="Stopped"} 0
lotse_operations_in_progress{kind="AgentPool"} 0
lotse_operations_in_progress{kind="ManagedCluster"} 1
lotse_operations_in_progress{kind="ResourceGroup"} 0
lotse_operations_oldest_age_seconds{kind="AgentPool"} 0
lotse_operations_oldest_age_seconds{kind="ManagedCluster"} 60
lotse_operations_oldest_age_seconds{kind="ResourceGroup"} 0
`
	var b strings.Builder
	said := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(want)) {
		name, _, _ := strings.Cut(line, "{")
		if !said[name] {
			b.WriteString("# HELP " + name + " " + all[name].help + "\n# TYPE " + name + " gauge\n")
			said[name] = true
		}
		b.WriteString(line)
	}
	if err := testutil.CollectAndCompare(s, strings.NewReader(b.String()+"\n")); err != nil {
		t.Error(err)
	}
}
