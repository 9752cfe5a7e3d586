package queue

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

const namespace = "sub-6f1c0000-0000-0000-0000-000000000001"

var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time { return &metav1.Time{Time: began.Add(d)} }

func condition(c *v1alpha1.ManagedCluster, waiting string, now metav1.Time) {
	operation.SetConditions(&c.Status.Conditions, c.Generation, now, operation.Ready(Admitted, waiting))
}

// created is a cluster that was created so long after the first one, and waits in the queue.
func created(name string, after time.Duration, change ...func(*v1alpha1.ManagedCluster)) v1alpha1.ManagedCluster {
	c := v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(name), Generation: 1, CreationTimestamp: *at(after),
	}}
	operation.Begin(&c, *at(after))
	for _, change := range change {
		change(&c)
	}
	return c
}

// admitted lets a cluster be admitted.
func admitted(after time.Duration) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) { condition(c, "", *at(after)) }
}

func held(c *v1alpha1.ManagedCluster) {
	operation.SetConditions(&c.Status.Conditions, c.Generation, *at(0), Held("the maintenance window"))
}

func up(c *v1alpha1.ManagedCluster) { c.Status.CurrentKubernetesVersion = "1.37.2" }

func stopped(c *v1alpha1.ManagedCluster) { c.Spec.PowerState = v1alpha1.Stopped }

func succeeded(c *v1alpha1.ManagedCluster) {
	operation.Settle(c, "The cluster", operation.Outcome{}, *at(time.Minute))
}

func failed(c *v1alpha1.ManagedCluster) {
	operation.Settle(c, "The cluster", operation.Fail(&v1alpha1.OperationError{Code: "ControlPlaneNotReady"}), *at(time.Minute))
}

func deleted(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = at(time.Minute) }

func TestAhead(t *testing.T) {
	me, now := created("m", time.Minute), time.Minute
	tests := map[string]struct {
		other v1alpha1.ManagedCluster
		want  int
	}{
		"a cluster does not wait for itself":                                  {me, 0},
		"an older cluster is ahead":                                           {created("a", 0), 1},
		"a younger one is not":                                                {created("z", 61*time.Second), 0},
		"of two created in the same second the name decides":                  {created("a", now), 1},
		"and it decides the same for the other one":                           {created("z", now), 0},
		"a cluster that is being provisioned is ahead":                        {created("a", 0, admitted(now)), 1},
		"a cluster that is being provisioned is ahead, also if it is younger": {created("z", 61*time.Second, admitted(now)), 1},
		"a cluster whose control plane is up leaves room for one more":        {created("a", 0, admitted(now), up), 0},
		"a cluster whose operation succeeded has left":                        {created("a", 0, admitted(now), up, succeeded), 0},
		"a cluster whose operation failed has left":                           {created("a", 0, admitted(now), failed), 0},
		"a cluster that failed before it was admitted has left":               {created("a", 0, failed), 0},
		"a cluster that is being deleted has left":                            {created("a", 0, admitted(now), deleted), 0},
		"a cluster that is deleted before it was admitted has left":           {created("a", 0, deleted), 0},
		"a cluster that has not come up in five minutes loses its slot":       {created("a", 0, admitted(now-slotTimeout)), 0},
		"a cluster that may still come up keeps its slot":                     {created("a", 0, admitted(now-slotTimeout+time.Second)), 1},
		"a cluster that a gate holds lets others pass":                        {created("a", 0, held), 0},
		"a cluster that the gate has let go is ahead":                         {created("a", 0, held, admitted(now)), 1},
		"a cluster that is created stopped needs no place":                    {created("a", 0, stopped), 0},
		"a cluster from before there was a queue holds no slot":               {created("a", 0, up, succeeded), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Ahead(&me, []v1alpha1.ManagedCluster{tt.other}, at(now).Time); got != tt.want {
				t.Errorf("Ahead = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestTwoClustersThatStartNodesHoldASlot(t *testing.T) {
	me, now := created("m", time.Minute), time.Minute
	starts := func(name string) v1alpha1.ManagedCluster { return created(name, 0, admitted(now), up) }
	begins := func(name string) v1alpha1.ManagedCluster { return created(name, 0, admitted(now)) }
	for sentence, c := range map[string]struct {
		others []v1alpha1.ManagedCluster
		want   int
	}{
		"one that starts nodes":                        {[]v1alpha1.ManagedCluster{starts("a")}, 0},
		"two of them":                                  {[]v1alpha1.ManagedCluster{starts("a"), starts("b")}, 1},
		"one, and a control plane that starts":         {[]v1alpha1.ManagedCluster{starts("a"), begins("b")}, 1},
		"two, and a control plane that starts":         {[]v1alpha1.ManagedCluster{starts("a"), starts("b"), begins("c")}, 2},
		"one that has lost its slot counts no more":    {[]v1alpha1.ManagedCluster{starts("a"), created("b", 0, admitted(now-slotTimeout), up)}, 0},
		"one that has its nodes does not count either": {[]v1alpha1.ManagedCluster{starts("a"), created("b", 0, admitted(now), up, succeeded)}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := Ahead(&me, c.others, at(now).Time); got != c.want {
				t.Errorf("Ahead = %d, want %d", got, c.want)
			}
		})
	}
}

func TestMakesWay(t *testing.T) {
	begun := created("a", 0, admitted(0))
	for sentence, c := range map[string]struct {
		before, after v1alpha1.ManagedCluster
		want          bool
	}{
		"a cluster that goes on does not":              {begun, begun, false},
		"one whose control plane has come up does":     {begun, created("a", 0, admitted(0), up), true},
		"one that has succeeded does":                  {created("a", 0, admitted(0), up), created("a", 0, admitted(0), up, succeeded), true},
		"one that has failed does":                     {begun, created("a", 0, admitted(0), failed), true},
		"one that is deleted does":                     {begun, created("a", 0, admitted(0), deleted), true},
		"one that had left before does not":            {created("a", 0, failed), created("a", 0, failed, up), false},
		"one that is deleted after it failed does not": {created("a", 0, failed), created("a", 0, failed, deleted), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := MakesWay(&c.before, &c.after); got != c.want {
				t.Errorf("MakesWay = %v, want %v", got, c.want)
			}
		})
	}
}

// TestTheQueueMoves: two are provisioned at once, of which one never comes up for lack of capacity; still all are admitted.
func TestTheQueueMoves(t *testing.T) {
	const concurrent = 2
	all := []v1alpha1.ManagedCluster{created("a", 0), created("b", 0), created("c", 0), created("d", 0), created("e", 0)}
	stuck := "a"
	admittedAt := map[string]time.Duration{}
	for now := time.Duration(0); now < slotTimeout+time.Minute; now += time.Second {
		running := 0
		for i := range all {
			c := &all[i]
			if IsAdmitted(c) && c.Name != stuck && now >= admittedAt[c.Name]+20*time.Second {
				up(c)
				succeeded(c)
			}
			if !IsAdmitted(c) && Ahead(c, all, at(now).Time) < concurrent {
				condition(c, "", *at(now))
				admittedAt[c.Name] = now
			}
			if provisioning(c, at(now).Time) {
				running++
			}
		}
		if running > concurrent {
			t.Fatalf("%d are provisioned at once after %s", running, now)
		}
	}
	for name, want := range map[string]time.Duration{"a": 0, "b": 0, "c": 20 * time.Second, "d": 40 * time.Second, "e": 60 * time.Second} {
		if got, ok := admittedAt[name]; !ok || got != want {
			t.Errorf("%s was admitted after %s (%v), want %s", name, got, ok, want)
		}
	}
}

func TestAdmittedAt(t *testing.T) {
	waiting := func(c *v1alpha1.ManagedCluster) { condition(c, Waiting(1), *at(0)) }
	tests := map[string]struct {
		cluster v1alpha1.ManagedCluster
		want    time.Time
	}{
		"a cluster that waits is not admitted":                      {created("a", 0, waiting), time.Time{}},
		"an admitted cluster counts from then":                      {created("a", 0, waiting, admitted(20*time.Minute)), at(20 * time.Minute).Time},
		"a cluster that was never in the queue has no time of that": {created("a", 0, up), time.Time{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := AdmittedAt(&tt.cluster); !got.Equal(tt.want) {
				t.Errorf("AdmittedAt = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWaiting(t *testing.T) {
	for ahead, want := range map[int]string{
		1: "the provisioning queue (1 cluster ahead)",
		7: "the provisioning queue (7 clusters ahead)",
	} {
		if got := Waiting(ahead); got != want {
			t.Errorf("Waiting(%d) = %q, want %q", ahead, got, want)
		}
	}
}
