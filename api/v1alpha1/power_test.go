package v1alpha1

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPowerOfACluster(t *testing.T) {
	refused, broken := &OperationError{Code: StopRefused}, &OperationError{Code: "ManagedClusterNotStopped"}
	for sentence, c := range map[string]struct {
		wanted, has    PowerState
		failure        *OperationError
		toStop, atRest bool
	}{
		"a cluster of before there were stops runs":               {"", "", nil, false, false},
		"a cluster that is to stop is not at rest yet":            {Stopped, Running, nil, true, false},
		"a cluster that has stopped is":                           {Stopped, Stopped, nil, true, true},
		"a cluster that starts is not stopped again":              {"", Stopped, nil, false, false},
		"a stop that was refused is not wanted any more":          {Stopped, Running, refused, false, false},
		"a stop that failed halfway is":                           {Stopped, Running, broken, true, false},
		"a cluster that has stopped stays so whatever is refused": {Stopped, Stopped, refused, true, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			cluster := &ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
			cluster.Status.Endpoint.Port = 30443
			cluster.Spec.PowerState, cluster.Status.PowerState = c.wanted, c.has
			if c.failure != nil {
				cluster.Status.Operations = []Operation{{Generation: 2, State: Failed, Error: c.failure}}
			}
			if cluster.StopWanted() != c.toStop || cluster.AtRest() != c.atRest || (cluster.Power() == Stopped) != (c.has == Stopped) {
				t.Errorf("to stop %t, at rest %t, has %s", cluster.StopWanted(), cluster.AtRest(), cluster.Power())
			}
		})
	}
}

func TestAClusterThatIsCreatedStoppedWasNeverAnythingElse(t *testing.T) {
	c := &ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	if c.Power() != Running {
		t.Errorf("a new cluster that is to run is %s", c.Power())
	}
	c.Spec.PowerState = Stopped
	if !c.NeverStarted() || c.Power() != Stopped || !c.AtRest() {
		t.Errorf("it is %s, at rest %t", c.Power(), c.AtRest())
	}
}

func TestPowerOfAPool(t *testing.T) {
	for _, c := range []struct{ own, cluster, want PowerState }{
		{"", "", Running}, {Running, "", Running}, {Stopped, "", Stopped}, {"", Stopped, Stopped}, {Stopped, Stopped, Stopped},
	} {
		if got := (AgentPoolSpec{PowerState: c.own, ClusterPowerState: c.cluster}).Power(); got != c.want {
			t.Errorf("a pool that is to be %q in a cluster that is to be %q is %s", c.own, c.cluster, got)
		}
	}
}

func TestAStopDoesNotCountAsUnavailable(t *testing.T) {
	first := metav1.NewTime(time.Unix(1000, 0))
	c := &ManagedCluster{}
	c.Status.Availability = &Availability{Since: first, UnavailableSeconds: 10}
	stopped := metav1.NewTime(first.Add(100 * time.Second))
	c.Status.StoppedAt = &stopped
	if ratio, measured := c.AvailabilityAt(first.Add(time.Hour)); !measured || ratio != 0.9 {
		t.Errorf("while it is stopped the ratio is %f", ratio)
	}
	c.Status.Availability = c.Status.Availability.Awake(stopped, metav1.NewTime(first.Add(time.Hour)))
	c.Status.StoppedAt = nil
	if ratio, _ := c.AvailabilityAt(first.Add(time.Hour + 100*time.Second)); ratio != 0.95 {
		t.Errorf("after it the ratio is %f", ratio)
	}
	if (*Availability)(nil).Awake(stopped, stopped) != nil {
		t.Error("what was never measured is")
	}
}
