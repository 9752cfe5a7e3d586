package admission

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
)

func TestPower(t *testing.T) {
	halfway := &v1alpha1.OperationError{Code: "ManagedClusterNotStopped"}
	refused := &v1alpha1.OperationError{Code: v1alpha1.StopRefused}
	startFailed := &v1alpha1.OperationError{Code: "AgentPoolFailed"}
	for sentence, c := range map[string]struct {
		wanted, has       v1alpha1.PowerState
		failure           *v1alpha1.OperationError
		stop, start, runs bool
	}{
		"a cluster that runs can be stopped":                         {"", v1alpha1.Running, nil, true, false, true},
		"a cluster that is stopped can be started":                   {v1alpha1.Stopped, v1alpha1.Stopped, nil, false, true, false},
		"a stop that failed can be repeated, or followed by a start": {v1alpha1.Stopped, v1alpha1.Running, halfway, true, true, false},
		"a start that failed can be repeated, or followed by a stop": {"", v1alpha1.Stopped, halfway, true, true, false},
		"a cluster whose stop was refused runs, and can be stopped":  {v1alpha1.Stopped, v1alpha1.Running, refused, true, false, true},
		"a cluster that failed for another reason runs all the same": {"", "", halfway, true, false, true},
		"a start whose pools failed can be repeated":                 {"", v1alpha1.Running, startFailed, true, true, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := existing(pool("np1", v1alpha1.SystemPool, 1))
			present.Object.Spec.PowerState, present.Object.Status.PowerState, present.Object.Status.Endpoint.Port = c.wanted, c.has, 30443
			present.Object.Status.Operations = []v1alpha1.Operation{{Generation: 1, State: v1alpha1.Succeeded}}
			if c.failure != nil {
				present.Object.Status.Operations[0] = v1alpha1.Operation{Generation: 1, State: v1alpha1.Failed, Error: c.failure}
			}
			if c.failure == startFailed {
				present.Object.Status.Operations[0].Verb = v1alpha1.Starting
			}
			stop, start, runs := Power(present, v1alpha1.Stopped), Power(present, v1alpha1.Running), Runs(present)
			if (stop == nil) != c.stop || (start == nil) != c.start || (runs == nil) != c.runs {
				t.Errorf("stop: %v\nstart: %v\nruns: %v", stop, start, runs)
			}
		})
	}
}

func TestWhatIsStoppedTakesNoCapacity(t *testing.T) {
	asleep := func(p *v1alpha1.AgentPool) { p.Spec.ClusterPowerState = v1alpha1.Stopped }
	present := existing(pool("np1", v1alpha1.SystemPool, 2, asleep))
	present.Object.Spec.PowerState, present.Object.Status.PowerState = v1alpha1.Stopped, v1alpha1.Stopped
	l := Load{Clusters: []v1alpha1.ManagedCluster{*present.Object}, Pools: present.PoolObjects}
	if kept := promised(l); len(kept) > 0 {
		t.Errorf("a stopped cluster keeps %v", kept)
	}
	l.Nodes = []corev1.Node{host("1Mi")}
	if err := Wake(l, present); err == nil || !strings.Contains(err.Error(), "no capacity") {
		t.Errorf("a start for which there is no capacity: %v", err)
	}
	present.Object.Spec.PowerState, present.Object.Status.PowerState = "", v1alpha1.Running
	present.PoolObjects[0].Spec.ClusterPowerState, present.PoolObjects[0].Spec.PowerState = "", v1alpha1.Stopped
	awake := asks("np1", 2)
	if growth := Growth(present, awake); len(growth) != 2 {
		t.Errorf("the start of a stopped pool takes %v", growth)
	}
	if growth := Growth(state.Cluster{Object: present.Object}, awake); len(growth) != 2 {
		t.Errorf("a new pool takes %v", growth)
	}
}

func TestAClusterThatIsCreatedStoppedTakesNoCapacityBeforeItsStart(t *testing.T) {
	spec := asks("np1", 2)
	if growth := Growth(state.Cluster{}, spec); len(growth) <= 2 {
		t.Errorf("a new cluster takes %v", growth)
	}
	spec.PowerState = v1alpha1.Stopped
	if growth := Growth(state.Cluster{}, spec); len(growth) > 0 {
		t.Errorf("one that is created stopped takes %v", growth)
	}
	present := state.Cluster{Object: &v1alpha1.ManagedCluster{Spec: spec}}
	present.Object.Generation = 1
	l := Load{Nodes: []corev1.Node{host("1Mi")}, Clusters: []v1alpha1.ManagedCluster{*present.Object}}
	if kept := promised(l); len(kept) > 0 {
		t.Errorf("it keeps %v", kept)
	}
	if err := Wake(l, present); err == nil || !strings.Contains(err.Error(), "no capacity") {
		t.Errorf("its start, for which there is no capacity: %v", err)
	}
	if err := Power(present, v1alpha1.Stopped); err == nil {
		t.Error("it can be stopped")
	}
	if err := Power(present, v1alpha1.Running); err != nil {
		t.Errorf("it cannot be started: %v", err)
	}
}
