package scenario

import (
	"context"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// startedCluster makes a cluster for one story that is created stopped, has nothing that runs, and is started.
func startedCluster(t *testing.T, m *management, name string, properties map[string]any) *cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), creation)
	defer cancel()
	group, err := lotse.makeGroup(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lotse.removeGroup(group); err != nil {
			t.Error(err)
		}
	})
	path := lotse.client.ClusterPath(group, name)
	properties["dnsPrefix"], properties["kubernetesVersion"], properties["powerState"] = name, storyVersion, map[string]any{"code": "Stopped"}
	done := func(operation *client.Operation, err error) {
		t.Helper()
		if err == nil {
			err = operation.Wait(ctx, nil)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, lotse.poolStates(group, name))
		}
	}
	done(lotse.client.Put(ctx, path, map[string]any{"location": lotse.client.Credential.Location, "properties": properties}))
	m.cluster = v1alpha1.ObjectName(v1alpha1.ManagedClusterID(lotse.client.Credential.SubscriptionID, group, name))
	m.isNotThere(ctx, t)
	done(lotse.client.Begin(ctx, path+"/start", nil))
	c, err := lotse.connect(ctx, group, name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// isNotThere: the management cluster has no place yet where something of the cluster could run.
func (m *management) isNotThere(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, namespace := range []string{v1alpha1.ControlPlaneNamespace(m.cluster), v1alpha1.NodesNamespace(m.cluster)} {
		if _, err := m.kube.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("a cluster that was created stopped has namespace %s: %v", namespace, err)
		}
	}
}
