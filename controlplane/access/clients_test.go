package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// secrets is a reader that holds at most one Secret.
type secrets struct {
	client.Reader
	data map[string][]byte
	// subscription whose control plane it is in.
	subscription string
}

func (s *secrets) Get(_ context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	if s.data == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
	}
	o.(*corev1.Secret).Data = s.data
	o.SetLabels(map[string]string{v1alpha1.LabelCluster: "shop", v1alpha1.LabelSubscription: s.subscription})
	return nil
}

func kubeconfigFor(t *testing.T, server string) map[string][]byte {
	t.Helper()
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"c": {Server: server}},
		Contexts:       map[string]*clientcmdapi.Context{"c": {Cluster: "c"}},
		CurrentContext: "c",
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{v1alpha1.KeyKubeconfig: content}
}

func TestClients(t *testing.T) {
	reader := &secrets{subscription: "s1"}
	clients := NewClients(reader)
	cluster := &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{Name: "shop", UID: "1"}, Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: "s1"},
	}
	if _, err := clients.For(t.Context(), cluster); !errors.Is(err, ErrNotReady) {
		t.Errorf("without a Secret the error is %v, want ErrNotReady", err)
	}
	reader.data = kubeconfigFor(t, "https://127.0.0.1:1")
	first := clientFor(t, clients, cluster)
	if clientFor(t, clients, cluster) != first {
		t.Error("the client was made twice")
	}
	reader.data = kubeconfigFor(t, "https://127.0.0.1:2")
	renewed := clientFor(t, clients, cluster)
	if renewed == first {
		t.Error("a renewed credential is not used")
	}
	clients.Forget(cluster)
	if clientFor(t, clients, cluster) == renewed {
		t.Error("a forgotten client came back")
	}
}

func TestAnotherSubscriptionsCredentialIsNotUsed(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Spec: v1alpha1.ManagedClusterSpec{SubscriptionID: "s1"}}
	theirs := &secrets{data: kubeconfigFor(t, "https://127.0.0.1:1"), subscription: "s2"}
	if _, err := Config(t.Context(), theirs, cluster); !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "belongs to something else") {
		t.Errorf("got %v, want ErrNotReady with the reason", err)
	}
}

func TestConfigHasLimits(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	config, err := Config(t.Context(), &secrets{data: kubeconfigFor(t, "https://127.0.0.1:1")}, cluster)
	if err != nil {
		t.Fatal(err)
	}
	if config.Timeout != timeout || config.QPS != queriesPerSecond {
		t.Errorf("timeout %s, %v queries a second", config.Timeout, config.QPS)
	}
}

func clientFor(t *testing.T, clients *Clients, cluster *v1alpha1.ManagedCluster) client.Client {
	t.Helper()
	c, err := clients.For(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
