package containerservice

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// applyPool writes a pool as the cluster's controller does, by server-side apply under the service's name: a field that one of them leaves
// out is then gone, whoever set it. Unlike package apply it keeps the resource version, as a condition against a write in between.
func (p *Provider) applyPool(ctx context.Context, pool *v1alpha1.AgentPool) error {
	status := pool.Status
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pool)
	if err != nil {
		return err
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("AgentPool"))
	unstructured.RemoveNestedField(content, "status")
	for _, field := range []string{"creationTimestamp", "generation"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	err = p.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	if err != nil {
		return err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, pool); err != nil {
		return err
	}
	if pool.Generation == 0 { // an API that does not answer with the whole object
		pool.Status = status
	}
	return nil
}
