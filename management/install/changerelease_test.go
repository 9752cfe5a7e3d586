package install

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
)

func TestARolloutIsHaltedByTheOperator(t *testing.T) {
	cluster, err := connect(apitest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Spec: v1alpha1.ReleaseSpec{KubernetesVersion: "1.37.2", NodeImageVersion: "x", Images: map[string]string{"node": "x"}}}
	if err := cluster.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	change := func(name string, do func(*v1alpha1.Release)) error {
		return changeRelease(t.Context(), cluster, name, do)
	}
	if err := change("r", func(r *v1alpha1.Release) { r.Halt(time.Now(), "x y") }); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(r), r); err != nil {
		t.Fatal(err)
	}
	if _, reason, halted := r.RolloutHalt(); !halted || reason != "x y" {
		t.Errorf("got %v", r.Annotations)
	}
	if err := change("s", func(*v1alpha1.Release) {}); err == nil || !strings.Contains(err.Error(), "there is no release s; lotse release list names them") {
		t.Errorf("of a release that there is not: %v", err)
	}
}
