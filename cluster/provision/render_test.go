package provision

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/addons"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/rendering"
	"lotse.dev/controlplane"
)

// older is a mark of the Lotse that rendered a running cluster, which this one does not render.
const older = "older"

// renderedByAnOlderLotse makes a running cluster one whose workloads another Lotse rendered, marked as such; it recorded that.
func renderedByAnOlderLotse(t *testing.T, f *Facts) {
	t.Helper()
	secret, found := find(f.Objects, f.ref().Secret(v1alpha1.SecretRendering, nil))
	if !found {
		t.Fatal("nothing is recorded")
	}
	secret = secret.DeepCopy()
	for key, content := range secret.Data {
		record, err := rendering.Decode(content)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range record.Objects {
			mark(o)
			if stamped, err := apply.Stamp(o); key == recordedComponents && err == nil {
				f.Objects.Add(stamped)
			}
		}
		if secret.Data[key], err = record.Encode(); err != nil {
			t.Fatal(err)
		}
	}
	f.Objects.Add(secret)
	p := Plan(*f)
	if len(p.Steps) == 1 { // the add-ons are compared, because they are not what this process has applied
		take(t, f, p.Steps[0])
	}
	nextReconcile(f)
}

// mark what the Pods of a workload have.
func mark(o client.Object) {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, older, "yes")
	case *appsv1.Deployment:
		metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, older, "yes")
	case *appsv1.DaemonSet:
		metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, older, "yes")
	}
}

func marked(o client.Object) bool {
	content, err := json.Marshal(o)
	return err == nil && strings.Contains(string(content), `"`+older+`":"yes"`)
}

// TestANewerLotseChangesNoWorkload: what one Lotse rendered for a release stays when another one takes over. In each case Pods are named that are replaced.
func TestANewerLotseChangesNoWorkload(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Facts)
		// renewed are the workloads of the control plane that are rendered anew, repaired those that are applied as they were.
		renewed, repaired string
		// addons is whether add-ons are applied, and whether that renders them anew.
		addons, addonsRenewed bool
	}{
		"nothing is done":                                   {func(*Facts) {}, "", "", false, false},
		"add-ons are compared as they were":                 {func(f *Facts) { f.RealNow = f.RealNow.Add(resync) }, "", "", true, false},
		"a Lotse that starts compares add-ons as they were": {func(f *Facts) { f.Addons = Addons{} }, "", "", true, false},
		"what somebody changed becomes what it was": {func(f *Facts) {
			d, _ := find(f.Objects, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: "kube-apiserver"}})
			d = d.DeepCopy()
			d.Spec.Template.Spec.Containers[0].Image = "evil"
			f.Objects.Add(d)
		}, "", "kube-apiserver", false, false},
		"another release renders everything anew": {func(f *Facts) {
			f.Release = f.Release.DeepCopy()
			f.Release.Name = "v1.37.2-2"
		}, "etcd kube-apiserver kube-controller-manager", "", true, true},
		"a new quota concerns etcd alone": {func(f *Facts) {
			metav1.SetMetaDataAnnotation(&f.Cluster.ObjectMeta, v1alpha1.AnnotationEtcdQuota, "1Gi")
		}, "etcd", "", false, false},
		"a new certificate concerns who has it": {func(f *Facts) {
			delete(f.Secrets, v1alpha1.ComponentScheduler)
			take(t, f, Plan(*f).Steps[0])
		}, "kube-controller-manager", "", false, false},
		"without a record everything is what this Lotse renders": {func(f *Facts) {
			f.Objects.Add(f.ref().Secret(v1alpha1.SecretRendering, nil))
		}, "etcd kube-apiserver kube-controller-manager", "", true, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := runningCluster(t)
			renderedByAnOlderLotse(t, &f)
			if p := Plan(f); len(p.Steps) > 0 {
				t.Fatalf("a newer Lotse would %v", p.Steps)
			}
			c.change(&f)
			p := Plan(f)
			if p.Trouble != nil {
				t.Fatal(p.Trouble)
			}
			renewed, repaired, added, addedAnew := sorted(p.Steps)
			if renewed != c.renewed || repaired != c.repaired || added != c.addons || addedAnew != c.addonsRenewed {
				t.Errorf("renewed %q, repaired %q, add-ons %t %t, by %v", renewed, repaired, added, addedAnew, p.Steps)
			}
			if c.renewed != "" && p.Steps[0].String() != "apply *v1.Secret rendering" {
				t.Errorf("it is recorded after it is done: %v", p.Steps)
			}
		})
	}
}

// sorted are the workloads that steps apply: rendered anew, and as they were recorded.
func sorted(steps []plan.Step) (renewed, repaired string, addons, addonsRenewed bool) {
	var anew, as []string
	for _, s := range steps {
		switch s := s.(type) {
		case plan.Apply:
			switch s.Object.(type) {
			case *appsv1.StatefulSet, *appsv1.Deployment:
				if marked(s.Object) {
					as = append(as, s.Object.GetName())
				} else {
					anew = append(anew, s.Object.GetName())
				}
			}
		case plan.ApplyAddons:
			addons = true
			for _, o := range s.Objects {
				if _, workload := o.(*appsv1.Deployment); workload {
					addonsRenewed = !marked(o)
				}
			}
		}
	}
	return strings.Join(anew, " "), strings.Join(as, " "), addons, addonsRenewed
}

// TestARecordIsAppliedAsItWasRendered: an object that was read from a record has the same stamp, or it would count as drifted.
func TestARecordIsAppliedAsItWasRendered(t *testing.T) {
	f := runningCluster(t)
	p, err := f.prerequisites()
	s, err2 := f.controlPlane(p)
	a, err3 := f.addonSpec()
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	objects := append(controlplane.Workloads(s), addons.Workloads(a)...)
	content, err := rendering.Record{Release: "r", Inputs: []byte("{}"), Objects: objects}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	record, err := rendering.Decode(content)
	if err != nil || len(record.Objects) != len(objects) {
		t.Fatal(err)
	}
	for i, o := range record.Objects {
		read, err := apply.Stamp(o)
		written, err2 := apply.Stamp(objects[i])
		if err := errors.Join(err, err2); err != nil || read.GetAnnotations()[apply.AnnotationRendered] != written.GetAnnotations()[apply.AnnotationRendered] {
			t.Errorf("%T %s is read otherwise than it was written: %v", o, o.GetName(), err)
		}
	}
	t.Logf("a record takes %d bytes", len(content))
}

// TestInputsAreReadAsTheyWereWritten: a Lotse has to render from what an older one recorded. Whoever renames an input, or adds one that is set in clusters
// that run, restarts what depends on it in all of them at the next upgrade of Lotse; then this test is to be changed, and the changelog has to say it.
func TestInputsAreReadAsTheyWereWritten(t *testing.T) {
	for want, inputs := range map[string]any{
		`{"Cluster":"","Subscription":"","Images":null,"Network":{"plugin":"","podCIDR":"","serviceCIDR":"","dnsServiceIP":""},"Endpoint":{},"OIDCIssuerURL":"",` +
			`"EtcdAddress":"","EtcdQuota":0,"Overlap":false,"CredentialHashes":null}`: controlplane.Spec{},
		`{"Images":null,"Network":{"plugin":"","podCIDR":"","serviceCIDR":"","dnsServiceIP":""},"Endpoint":{},"MetricsServer":{"Certificate":null,"Key":null,` +
			`"Authority":null},"Authorities":"","Rotations":0}`: addons.Spec{},
	} {
		if got, err := json.Marshal(inputs); err != nil || string(got) != want {
			t.Errorf("%T is %s, %v", inputs, got, err)
		}
	}
}

func TestASecretOfAnotherIsNoRecord(t *testing.T) {
	f := runningCluster(t)
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: v1alpha1.SecretRendering}}
	f.Objects.Add(foreign)
	if p := Plan(f); len(p.Steps) != 0 || p.Trouble != nil {
		t.Errorf("it is taken over: %v, %v", p.Steps, p.Trouble)
	}
}
