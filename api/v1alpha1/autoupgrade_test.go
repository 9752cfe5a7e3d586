package v1alpha1

import (
	"testing"
	"time"
)

func TestARolloutIsHaltedAndResumed(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	r := &Release{}
	if _, _, halted := r.RolloutHalt(); halted || !r.RolloutResumed().IsZero() {
		t.Error("a new release is halted, or was")
	}
	r.Halt(now, "2 of 3 clusters failed.")
	if since, reason, halted := r.RolloutHalt(); !halted || !since.Equal(now) || reason != "2 of 3 clusters failed." {
		t.Errorf("got %s, %q, %v", since, reason, halted)
	}
	r.Resume(now.Add(time.Hour))
	if _, _, halted := r.RolloutHalt(); halted || !r.RolloutResumed().Equal(now.Add(time.Hour)) {
		t.Errorf("got %v, resumed at %s", halted, r.RolloutResumed())
	}
	r.Annotations[AnnotationRolloutHalted] = "I do not like it" // as a person writes it
	if since, reason, halted := r.RolloutHalt(); !halted || !since.IsZero() || reason != "I do not like it" {
		t.Errorf("got %s, %q, %v", since, reason, halted)
	}
}

func TestChannelsThatUpgrade(t *testing.T) {
	for channels, want := range map[[2]string][2]string{
		{"", ""}: {"", ""}, {"patch", "Unmanaged"}: {"patch", ""}, {"node-image", "NodeImage"}: {"", "NodeImage"}, {"rapid", "SecurityPatch"}: {"rapid", "SecurityPatch"},
	} {
		s := ManagedClusterSpec{UpgradeChannel: channels[0], NodeOSUpgradeChannel: channels[1]}
		if got := [2]string{s.KubernetesChannel(), s.NodeImageChannel()}; got != want {
			t.Errorf("%v: got %v", channels, got)
		}
	}
}
