package cluster

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

// asked is a cluster that was asked for so long after the first one, and waits for its turn.
func asked(name string, after time.Duration, change ...func(*v1alpha1.ManagedCluster)) v1alpha1.ManagedCluster {
	c := v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(name), Generation: 1, CreationTimestamp: *at(after),
	}}
	v1alpha1.Begin(&c, *at(after))
	for _, change := range change {
		change(&c)
	}
	return c
}

// had is a cluster whose turn came.
func had(turn time.Duration) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) { condition(c, TurnCame, "", *at(turn)) }
}

func up(c *v1alpha1.ManagedCluster) { c.Status.CurrentKubernetesVersion = "1.37.2" }

func succeeded(c *v1alpha1.ManagedCluster) { v1alpha1.Finish(c, nil, *at(time.Minute)) }

func failed(c *v1alpha1.ManagedCluster) {
	v1alpha1.Finish(c, &v1alpha1.OperationError{Code: "ControlPlaneNotReady"}, *at(time.Minute))
}

func deleted(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = at(time.Minute) }

func TestAhead(t *testing.T) {
	me, now := asked("m", time.Minute), time.Minute
	tests := map[string]struct {
		other v1alpha1.ManagedCluster
		want  int
	}{
		"a cluster does not wait for itself":                       {me, 0},
		"who was asked for earlier is first":                       {asked("a", 0), 1},
		"who was asked for later is not":                           {asked("z", 61*time.Second), 0},
		"of two asked for in the same second the name decides":     {asked("a", now), 1},
		"and it decides the same for the other one":                {asked("z", now), 0},
		"who is being founded is first":                            {asked("a", 0, had(now)), 1},
		"who is being founded goes on, also if it is younger":      {asked("z", 61*time.Second, had(now)), 1},
		"whose control plane is up still starts machines":          {asked("a", 0, had(now), up), 1},
		"whose operation succeeded keeps nobody waiting":           {asked("a", 0, had(now), up, succeeded), 0},
		"whose operation failed keeps nobody waiting":              {asked("a", 0, had(now), failed), 0},
		"nor does it if it failed before its turn":                 {asked("a", 0, failed), 0},
		"who is being deleted keeps nobody waiting":                {asked("a", 0, had(now), deleted), 0},
		"nor does it if it is deleted before its turn":             {asked("a", 0, deleted), 0},
		"who does not come up in its turn keeps nobody waiting":    {asked("a", 0, had(now-turnTime)), 0},
		"who may still come up is waited for":                      {asked("a", 0, had(now-turnTime+time.Second)), 1},
		"a cluster from before there were turns keeps nobody back": {asked("a", 0, up, succeeded), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Ahead(&me, []v1alpha1.ManagedCluster{tt.other}, at(now).Time); got != tt.want {
				t.Errorf("Ahead = %d, want %d", got, tt.want)
			}
		})
	}
}

// TestTheLineMoves: two at once, of which one never comes up for want of room; still everybody has a turn.
func TestTheLineMoves(t *testing.T) {
	const atOnce = 2
	all := []v1alpha1.ManagedCluster{asked("a", 0), asked("b", 0), asked("c", 0), asked("d", 0), asked("e", 0)}
	hopeless := "a"
	begun := map[string]time.Duration{}
	for now := time.Duration(0); now < turnTime+time.Minute; now += time.Second {
		founded := 0
		for i := range all {
			c := &all[i]
			if hadTurn(c) && c.Name != hopeless && now >= begun[c.Name]+20*time.Second {
				up(c)
				succeeded(c)
			}
			if !hadTurn(c) && Ahead(c, all, at(now).Time) < atOnce {
				condition(c, TurnCame, "", *at(now))
				begun[c.Name] = now
			}
			if hasTurn(c, at(now).Time) {
				founded++
			}
		}
		if founded > atOnce {
			t.Fatalf("%d are founded at once after %s", founded, now)
		}
	}
	for name, want := range map[string]time.Duration{"a": 0, "b": 0, "c": 20 * time.Second, "d": 40 * time.Second, "e": 60 * time.Second} {
		if got, ok := begun[name]; !ok || got != want {
			t.Errorf("the turn of %s came after %s (%v), want %s", name, got, ok, want)
		}
	}
}

func TestTimeOfAnOperation(t *testing.T) {
	waiting := func(c *v1alpha1.ManagedCluster) { condition(c, TurnCame, "its turn", *at(0)) }
	written := func(after time.Duration) func(*v1alpha1.ManagedCluster) {
		return func(c *v1alpha1.ManagedCluster) {
			c.Generation++
			v1alpha1.Begin(c, *at(after))
		}
	}
	now := time.Hour
	tests := map[string]struct {
		cluster v1alpha1.ManagedCluster
		want    time.Duration
	}{
		"before its turn no time counts":                     {asked("a", 0, waiting), now},
		"in its turn, the time since it came counts":         {asked("a", 0, had(20*time.Minute)), 20 * time.Minute},
		"of a later write, all time counts":                  {asked("a", 0, had(20*time.Minute), succeeded, written(40*time.Minute)), 40 * time.Minute},
		"of a cluster from before there were turns, as well": {asked("a", 0), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := since(&tt.cluster, at(now).Time); !got.Equal(at(tt.want).Time) {
				t.Errorf("its time counts from %s, want %s", got, at(tt.want))
			}
		})
	}
}
