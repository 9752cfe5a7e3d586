package rotation

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var now = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func ago(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

// at is a rotation in a stage that began a minute ago, with machines told to trust the authorities of that hash.
func at(stage, trust string) *v1alpha1.CertificateRotation {
	return &v1alpha1.CertificateRotation{Number: 1, Stage: stage, Since: ago(time.Minute), Trust: trust}
}

func renewed(d time.Duration) *v1alpha1.CertificateRotation {
	r, t := at(v1alpha1.RotationRenewing, "both"), ago(d)
	r.RenewedAt = &t
	return r
}

func TestDecide(t *testing.T) {
	const renewing, revoking = v1alpha1.RotationRenewing, v1alpha1.RotationRevoking
	node := func(trust string) []Machine { return []Machine{{"n1", true, trust}, {"away", false, ""}} }
	for sentence, c := range map[string]struct {
		facts               Facts
		step                Step
		stage, trust, waits string
	}{
		"a cluster whose rotation nobody asked for is left alone": {Facts{Authorities: "old"}, None, "", "", ""},
		"one that was asked for begins":                           {Facts{Wanted: 1, Authorities: "old"}, Begin, "", "", "the new authorities"},
		"but not in a cluster that is not whole":                  {Facts{Wanted: 1, ControlPlane: "etcd (starting)"}, None, "", "", "etcd (starting)"},
		"one that has begun is taken up by who finds it": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", ControlPlane: "kube-apiserver (being replaced)"},
			None, renewing, "", "the control plane's new certificates: kube-apiserver (being replaced)"},
		"machines are told when the control plane works with the new authorities": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: at(renewing, ""), Machines: node("old")},
			None, renewing, "both", "nodes to renew"},
		"nodes that are Ready are waited for": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: at(renewing, "both"), Machines: node("old")},
			None, renewing, "both", "node n1 to renew its certificates"},
		"but not for ever": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Machines: node("old"),
				Before: &v1alpha1.CertificateRotation{Number: 1, Stage: renewing, Since: ago(time.Hour), Trust: "both"}},
			None, renewing, "both", "Pods to read their new tokens"},
		"a node that is away is not waited for": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: at(renewing, "both"), Machines: node("both")},
			None, renewing, "both", "Pods to read their new tokens"},
		"add-ons are waited for": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: at(renewing, "both"), Addons: "the API server"},
			None, renewing, "both", "the API server"},
		"Pods get time for their tokens": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: renewed(time.Second), Machines: node("both")},
			None, renewing, "both", "Pods to read their new tokens"},
		"then the old authorities go": {
			Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Before: renewed(time.Minute), Machines: node("both")},
			End, renewing, "both", "the previous authorities to be removed"},
		"they are gone from the control plane first": {
			Facts{Wanted: 1, Begun: 1, Authorities: "new", Before: renewed(time.Minute), ControlPlane: "etcd (starting)", Machines: node("both")},
			None, revoking, "both", "the control plane's new certificates: etcd (starting)"},
		"then from the nodes": {
			Facts{Wanted: 1, Begun: 1, Authorities: "new", Before: at(revoking, "new"), Machines: node("both")},
			None, revoking, "new", "node n1 to renew its certificates"},
		"and then it is done": {
			Facts{Wanted: 1, Begun: 1, Authorities: "new", Before: at(revoking, "new"), Machines: node("new")}, None, "", "new", ""},
		"done stays done, whatever nodes report": {
			Facts{Wanted: 1, Begun: 1, Authorities: "new", Before: at("", "new"), Machines: node("both"), ControlPlane: "etcd (starting)"},
			None, "", "new", ""},
		"the next one begins after it": {
			Facts{Wanted: 2, Begun: 1, Authorities: "new", Before: at("", "new"), Machines: node("new")}, Begin, "", "new", "the new authorities"},
		"one that was asked for during another waits for its end": {
			Facts{Wanted: 2, Begun: 1, Overlaps: true, Authorities: "both", Before: at(renewing, "both"), Machines: node("old")},
			None, renewing, "both", "node n1 to renew its certificates"},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.facts.Now = now
			d := Decide(c.facts)
			stage, trust := "", ""
			if d.Rotation != nil {
				stage, trust = d.Rotation.Stage, d.Rotation.Trust
			}
			if d.Step != c.step || stage != c.stage || trust != c.trust || !strings.HasPrefix(d.Waiting, c.waits) || (d.Waiting == "") != (c.waits == "") {
				t.Errorf("step %q in stage %q, machines trust %q, waits for %q", d.Step, stage, trust, d.Waiting)
			}
		})
	}
}

// TestARotationEnds takes every step at once, as a service does that nothing disturbs.
func TestARotationEnds(t *testing.T) {
	f := Facts{Wanted: 1, Authorities: "old", Machines: []Machine{{"n1", true, "old"}}, Now: now}
	for range 20 {
		d := Decide(f)
		f.Before = d.Rotation
		switch d.Step {
		case Begin:
			f.Begun, f.Overlaps, f.Authorities = 1, true, "both"
		case End:
			f.Overlaps, f.Authorities = false, "new"
		}
		if d.Rotation != nil && d.Rotation.Trust != "" {
			f.Machines[0].Trust = d.Rotation.Trust
		}
		if d.Waiting == "" {
			if r := d.Rotation; r.Number != 1 || r.Revoked != 1 || r.Trust != "new" || f.Machines[0].Trust != "new" {
				t.Errorf("it ended as %+v", r)
			}
			return
		}
		f.Now = f.Now.Add(10 * time.Second)
	}
	t.Errorf("it does not end: %+v", f.Before)
}

func TestNodesGetTheirTimeFromWhenTheControlPlaneIsDone(t *testing.T) {
	f := Facts{Wanted: 1, Begun: 1, Overlaps: true, Authorities: "both", Machines: []Machine{{"n1", true, "old"}}, ControlPlane: "kube-apiserver (Unschedulable)", Now: now,
		Before: &v1alpha1.CertificateRotation{Number: 1, Stage: v1alpha1.RotationRenewing, Since: ago(time.Hour)}}
	f.Before, f.ControlPlane = Decide(f).Rotation, ""
	f.Before, f.Now = Decide(f).Rotation, now.Add(patience-time.Second)
	if waiting := Decide(f).Waiting; waiting != "node n1 to renew its certificates" {
		t.Errorf("it waits for %q", waiting)
	}
}
