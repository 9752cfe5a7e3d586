package admission

import (
	"strings"
	"testing"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// underway has an operation of a verb in progress, or one that has ended.
func underway(o v1alpha1.Tracked, verb string, in v1alpha1.OperationState) {
	o.GetProgress().Operations = []v1alpha1.Operation{{Generation: o.GetGeneration(), Verb: verb, State: in}}
	if in != v1alpha1.InProgress {
		o.GetProgress().ObservedGeneration = o.GetGeneration()
	}
}

func TestAbort(t *testing.T) {
	const none, cannot = "no operation in progress", "cannot be aborted"
	for sentence, c := range map[string]struct {
		// verbs and states of the last operations.
		cluster, pool           string
		clusterState, poolState v1alpha1.OperationState
		leaving                 bool
		// refusals of an abort of either; "" if it is admitted.
		wantCluster, wantPool string
	}{
		"what has nothing to do has nothing to abort": {"Updating", "Scaling", v1alpha1.Succeeded, v1alpha1.Succeeded, false, none, none},
		"nor has what failed":                         {"Updating", "Scaling", v1alpha1.Failed, v1alpha1.Failed, false, none, none},
		"nor what was aborted":                        {"Updating", "Scaling", v1alpha1.Canceled, v1alpha1.Canceled, false, none, none},
		"a pool that is scaled":                       {"Updating", "Scaling", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool that is made":                         {"Updating", "Creating", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool that is upgraded":                     {"Updating", "Upgrading", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool whose node image is upgraded":         {"Updating", "UpgradingNodeImageVersion", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool that is stopped":                      {"Updating", "Stopping", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool that is started":                      {"Updating", "Starting", v1alpha1.Succeeded, v1alpha1.InProgress, false, none, ""},
		"a pool that is deleted":                      {"Updating", "Scaling", v1alpha1.Succeeded, v1alpha1.InProgress, true, none, cannot},
		"a cluster that is made, and its pools":       {"Creating", "Creating", v1alpha1.InProgress, v1alpha1.InProgress, false, "", "in progress create operation of the managed cluster 'c1'"},
		"a cluster that is updated":                   {"Updating", "Scaling", v1alpha1.InProgress, v1alpha1.Succeeded, false, "", "in progress update operation of the managed cluster 'c1'"},
		"a cluster that is upgraded":                  {"Upgrading", "Scaling", v1alpha1.InProgress, v1alpha1.Succeeded, false, "", "in progress upgrade"},
		"a cluster that is stopped":                   {"Stopping", "Stopping", v1alpha1.InProgress, v1alpha1.InProgress, false, "stopped by half", "in progress stop operation"},
		"a cluster that is started":                   {"Starting", "Starting", v1alpha1.InProgress, v1alpha1.InProgress, false, "started by half", "in progress start operation"},
		"a cluster whose certificates are rotated":    {"RotatingClusterCertificates", "Scaling", v1alpha1.InProgress, v1alpha1.Succeeded, false, "trust different authorities", "in progress certificate rotation"},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := existing(pool("np1", v1alpha1.SystemPool, 1))
			object := &present.PoolObjects[0]
			object.Generation = 1
			underway(present.Object, c.cluster, c.clusterState)
			underway(object, c.pool, c.poolState)
			if c.leaving {
				leaving(object)
			}
			refuses(t, AbortCluster(present), c.wantCluster)
			refuses(t, AbortPool(present, state.Pool{Name: "np1", Object: object}), c.wantPool)
		})
	}
}

func TestAbortOfWhatIsDeleted(t *testing.T) {
	present := existing(pool("np1", v1alpha1.SystemPool, 1))
	present.Object.DeletionTimestamp = &now
	refuses(t, AbortCluster(present), "in progress delete operation of the managed cluster 'c1' cannot be aborted. A deletion has no way back.")
	refuses(t, AbortPool(present, state.Pool{Name: "np1", Object: &present.PoolObjects[0]}), "A deletion has no way back.")
}

func TestAbortOfAPoolThatItsClusterHasNotMade(t *testing.T) {
	present := existing()
	underway(present.Object, v1alpha1.Updating, v1alpha1.Canceled)
	refuses(t, AbortPool(present, state.Pool{Name: "np1"}), "its Provisioning State is Canceled")
}

// refuses checks that a decision is a conflict that says something, or admits if that is nothing.
func refuses(t *testing.T, err error, what string) {
	t.Helper()
	switch {
	case (err == nil) != (what == ""):
		t.Errorf("got %v, want %q", err, what)
	case err != nil && (!strings.Contains(err.Error(), what) || fault.Of(err).Kind != fault.OperationNotAllowed):
		t.Errorf("got %v, want %q", err, what)
	}
}
