package node

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestACordonOfTheServiceIsKnownAndTakenBack(t *testing.T) {
	theirs := &corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}}
	if Cordoned(theirs) || Cordoned(nil) {
		t.Error("the customer's cordon is taken for the service's")
	}
	ours := WithCordon(&corev1.Node{})
	if !ours.Spec.Unschedulable || !Cordoned(ours) {
		t.Errorf("node is %+v", ours)
	}
	Trim(ours)
	if !Cordoned(ours) {
		t.Error("the cache forgets whose cordon it is")
	}
	if back := WithoutCordon(ours); back.Spec.Unschedulable || Cordoned(back) {
		t.Errorf("node is %+v", back)
	}
}
