package autoupgrade

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"lotse.dev/api/v1alpha1"
)

func TestWhatIsLookedAt(t *testing.T) {
	meta := metav1.ObjectMeta{Namespace: "sub-1", Name: "x"}
	p, m := pool("sys", "1.37.0"), &v1alpha1.MaintenanceConfiguration{ObjectMeta: meta, Spec: v1alpha1.MaintenanceConfigurationSpec{Cluster: "c1-x"}}
	for _, o := range []client.Object{&p, m} {
		if got := clusterOf(t.Context(), o); len(got) != 1 || got[0].String() != "sub-1/c1-x" {
			t.Errorf("%T is of %v", o, got)
		}
	}
	if got := clusterOf(t.Context(), &v1alpha1.Release{}); got != nil {
		t.Errorf("a release is of %v", got)
	}
	before, after := pool("sys", "1.37.0"), pool("sys", "1.37.0")
	after.Status.ReadyNodes = 1
	if ended.Update(event.UpdateEvent{ObjectOld: &before, ObjectNew: &after}) || ended.Create(event.CreateEvent{Object: &after}) || ended.Delete(event.DeleteEvent{Object: &after}) {
		t.Error("a change that ends no operation is looked at")
	}
	after.Status.ObservedGeneration++
	if !ended.Update(event.UpdateEvent{ObjectOld: &before, ObjectNew: &after}) {
		t.Error("the end of an operation is not looked at")
	}
}

func TestTheNextLook(t *testing.T) {
	for sentence, c := range map[string]struct{ look, want time.Duration }{
		"is at the next moment, if that is soon":    {7 * time.Second, 7 * time.Second},
		"is soon in any case: the clock may be set": {7 * time.Hour, recheck},
		"is not at once": {time.Millisecond, time.Second},
	} {
		if got := pause(now.Add(c.look), now, recheck); got != c.want {
			t.Errorf("%s: got %s", sentence, got)
		}
	}
	if got := pause(time.Time{}, now, recheck); got != recheck {
		t.Errorf("without a moment it is after %s", got)
	}
}
