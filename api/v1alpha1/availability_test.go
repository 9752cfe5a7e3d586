package v1alpha1

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMeasureAvailability(t *testing.T) {
	now := metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	ago := func(seconds int) metav1.Time { return metav1.NewTime(now.Add(-time.Duration(seconds) * time.Second)) }
	is := func(healthy bool, since metav1.Time) []ComponentHealth {
		return []ComponentHealth{{Name: "etcd", Healthy: true, Since: ago(9999)}, {Name: "kube-apiserver", Healthy: healthy, Since: since}}
	}
	so := &Availability{Since: ago(1000), UnavailableSeconds: 100}
	for sentence, c := range map[string]struct {
		so            *Availability
		before, after []ComponentHealth
		down          int64
		measured      bool
		ratio         float64
	}{
		"a control plane that never answered is not measured": {nil, is(false, ago(60)), is(false, ago(60)), 0, false, 0},
		"measuring begins with the first answer":              {nil, is(false, ago(60)), is(true, now), 0, true, 1},
		"while it is well nothing is added":                   {so, is(true, ago(500)), is(true, ago(500)), 100, true, .9},
		"an outage that began is not over":                    {so, is(true, ago(500)), is(false, now), 100, true, .9},
		"an outage that lasts counts already":                 {so, is(false, ago(50)), is(false, ago(50)), 100, true, .85},
		"an outage that ended was that long":                  {so, is(false, ago(50)), is(true, now), 150, true, .85},
	} {
		t.Run(sentence, func(t *testing.T) {
			cluster := &ManagedCluster{}
			cluster.Status.Components = c.after
			cluster.Status.Availability = MeasureAvailability(c.so, c.before, c.after, now)
			if got := cluster.Status.Availability; (got != nil) != c.measured || got != nil && got.UnavailableSeconds != c.down {
				t.Fatalf("got %+v", got)
			}
			at := now.Time
			if c.so == nil {
				at = at.Add(time.Second)
			}
			if ratio, measured := cluster.AvailabilityAt(at); measured != c.measured || ratio < c.ratio-1e-9 || ratio > c.ratio+1e-9 {
				t.Errorf("available %v (%v)", ratio, measured)
			}
		})
	}
}

func TestAClusterThatStartsWasNotAvailableForLongerThanItWasMeasured(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	stopped := metav1.NewTime(now.Add(-240 * time.Hour))
	c := &ManagedCluster{}
	c.Status.Availability = &Availability{Since: metav1.NewTime(stopped.Add(-time.Hour)), UnavailableSeconds: 360}
	c.Status.StoppedAt = &stopped
	c.Status.Components = []ComponentHealth{{Name: ComponentAPIServer, Since: metav1.NewTime(now)}}
	if ratio, measured := c.AvailabilityAt(now); !measured || ratio != .9 {
		t.Errorf("available %v (%v)", ratio, measured)
	}
}
