package hosted

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/command"
	"lotse.dev/pki"
)

func example(t *testing.T) spec {
	t.Helper()
	c := &v1alpha1.ManagedCluster{Spec: v1alpha1.ManagedClusterSpec{Name: "Shop", Network: v1alpha1.NetworkSpec{ServiceCIDR: "10.0.0.0/16"}}}
	release := &v1alpha1.Release{Spec: v1alpha1.ReleaseSpec{Images: map[string]string{v1alpha1.ImageRunCommand: "registry/runcommand:1"}}}
	s, err := specOf(c, release, command.Request{
		ID: "0123", Principal: "p", Line: "echo the-secret-line", Files: []command.File{{Path: "dir/a.yaml", Content: []byte("the-secret-file")}},
		Caller: pki.Pair{Certificate: []byte("caller"), Key: []byte("the-secret-key")}, Reporter: pki.Pair{Certificate: []byte("reporter"), Key: []byte("k")},
		Authority: []byte("authority"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestThePodOfACommand(t *testing.T) {
	s := example(t)
	j := job(s)
	shown, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(shown), "the-secret") {
		t.Errorf("whoever may see Pods sees a secret: %s", shown)
	}
	for _, part := range []string{
		`"--report=https://10.0.0.1:443/api/v1/namespaces/aks-command/secrets/command-0123-result"`, `"path":"dir/a.yaml"`, `"image":"registry/runcommand:1"`,
		`"lotse.dev/principal":"p"`, `"backoffLimit":0`, `"activeDeadlineSeconds":600`, `"ttlSecondsAfterFinished":3600`, `"automountServiceAccountToken":false`,
	} {
		if !strings.Contains(string(shown), part) {
			t.Errorf("the Job lacks %s: %s", part, shown)
		}
	}
	s.Files = nil
	if v := job(s).Spec.Template.Spec.Volumes[1]; v.Name != "files" || v.Secret != nil {
		t.Errorf("without files it has %v", v)
	}
}

func TestThePartsOfACommandBelongToItsJob(t *testing.T) {
	s := example(t)
	objects, err := parts(s, &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "command-0123", UID: "uid"}})
	if err != nil || len(objects) != 4 {
		t.Fatal(objects, err)
	}
	for _, o := range objects {
		if owners := o.GetOwnerReferences(); len(owners) != 1 || owners[0].UID != "uid" || o.GetNamespace() != Namespace {
			t.Errorf("%T %s belongs to %v", o, o.GetName(), owners)
		}
	}
	input := objects[0].(*corev1.Secret)
	if !strings.Contains(string(input.Data[keyKubeconfig]), "https://10.0.0.1:443") || string(input.Data["file-0"]) != "the-secret-file" {
		t.Errorf("the command gets %s", input.Data)
	}
}

func TestAClusterWithoutAServiceNetworkIsAnError(t *testing.T) {
	c := &v1alpha1.ManagedCluster{Spec: v1alpha1.ManagedClusterSpec{Network: v1alpha1.NetworkSpec{ServiceCIDR: "x"}}}
	if s, err := specOf(c, &v1alpha1.Release{}, command.Request{}); err == nil || s.api != (netip.Addr{}) {
		t.Errorf("got %v", s)
	}
}
