package controllermanager

import (
	"context"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func TestPostpone(t *testing.T) {
	for sentence, c := range map[string]struct {
		flags []string
		want  bool
	}{
		"the controller is taken off the list":             {[]string{"--controllers=*,-ttl-controller"}, true},
		"it is on the list by default":                     {nil, true},
		"one that is switched off stays so":                {[]string{"--controllers=*,-validatingadmissionpolicy-status-controller"}, false},
		"one that is not among those named stays so":       {[]string{"--controllers=ttl-controller"}, false},
		"where there is an election, upstream starts it":   {[]string{"--leader-elect=true"}, false},
		"where there is no kubeconfig, upstream starts it": {[]string{"--kubeconfig="}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			cmd := app.NewControllerManagerCommand()
			if err := cmd.ParseFlags(append([]string{"--leader-elect=false", "--kubeconfig=k"}, c.flags...)); err != nil {
				t.Fatal(err)
			}
			later, err := postpone(cmd.Flags())
			if err != nil || (later != nil) != c.want {
				t.Errorf("got %v, %v", later, err)
			}
			again, err := postpone(cmd.Flags())
			if err != nil || again != nil {
				t.Errorf("it is still on the list: %v, %v", again, err)
			}
		})
	}
}

func TestExists(t *testing.T) {
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	t.Run("a policy that is there is found", func(t *testing.T) {
		if !exists(t.Context(), fake.NewClientset(policy)) {
			t.Error("it is not")
		}
	})
	t.Run("a policy is waited for", func(t *testing.T) {
		client, found := fake.NewClientset(), make(chan bool)
		go func() { found <- exists(t.Context(), client) }()
		select {
		case <-found:
			t.Fatal("one is found before it is there")
		case <-time.After(100 * time.Millisecond):
		}
		if _, err := client.AdmissionregistrationV1().ValidatingAdmissionPolicies().Create(context.Background(), policy, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if !<-found {
			t.Error("it is not found")
		}
	})
}
