package bootstrap

import (
	"errors"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

func TestRoles(t *testing.T) {
	client := fake.NewClientset()
	ensure := func(want bool) (writes int) {
		t.Helper()
		client.ClearActions()
		if done, err := ensureRoles(t.Context(), client); done != want || err != nil {
			t.Fatalf("done: %t, %v", done, err)
		}
		for _, action := range client.Actions() {
			if action.GetVerb() != "list" {
				writes++
			}
		}
		return writes
	}
	if writes := ensure(true); writes < 100 {
		t.Errorf("an empty store gets %d objects", writes)
	}
	if writes := ensure(true); writes != 0 {
		t.Errorf("a store that has everything gets %d writes, or reads of single objects", writes)
	}

	roles := client.RbacV1().ClusterRoles()
	changed, err := roles.Get(t.Context(), "view", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	changed.Labels = map[string]string{"customer": "mine"}
	changed.AggregationRule = nil
	if _, err := roles.Update(t.Context(), changed, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if writes := ensure(true); writes != 1 {
		t.Errorf("a role that was changed is completed by %d writes", writes)
	}
	completed, err := roles.Get(t.Context(), "view", metav1.GetOptions{})
	if err != nil || completed.AggregationRule == nil || completed.Labels["customer"] != "mine" {
		t.Errorf("completed to %v, %v", completed, err)
	}

	if err := roles.Delete(t.Context(), "view", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	broken := true
	client.PrependReactor("create", "clusterroles", func(clienttesting.Action) (bool, runtime.Object, error) {
		return broken, &rbacv1.ClusterRole{}, errors.New("the store is full")
	})
	ensure(false)
	broken = false
	ensure(true)
}
