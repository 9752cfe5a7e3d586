package containerservice

import (
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// ignoreBudgetsParameter of a pool's DELETE, by AKS's name.
const ignoreBudgetsParameter = "ignore-pod-disruption-budget"

// ignoresBudgets reads whether the Pods of a pool that is deleted end without regard to disruption budgets.
func ignoresBudgets(r *http.Request) (bool, error) {
	switch value := route.Query(r, ignoreBudgetsParameter); strings.ToLower(value) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fault.New(fault.InvalidParameter, "The query parameter '%s' is '%s'. It must be 'true' or 'false'.",
			ignoreBudgetsParameter, value).At(ignoreBudgetsParameter)
	}
}

// markIgnoringBudgets writes the parameter of a pool's DELETE to the pool, before it is deleted. To one that is being deleted, and may wait for a budget, it
// writes the permission alone: a DELETE that is repeated without it takes nothing back.
func (p *Provider) markIgnoringBudgets(r *route.Request, pool *v1alpha1.AgentPool, ignoring bool) error {
	_, marked := pool.Annotations[v1alpha1.AnnotationIgnoreBudgets]
	if marked == ignoring || !ignoring && pool.DeletionTimestamp != nil {
		return nil
	}
	changed := pool.DeepCopy()
	delete(changed.Annotations, v1alpha1.AnnotationIgnoreBudgets)
	if ignoring {
		metav1.SetMetaDataAnnotation(&changed.ObjectMeta, v1alpha1.AnnotationIgnoreBudgets, "true")
	}
	err := p.client.Patch(r.Context(), changed, client.MergeFrom(pool), client.FieldOwner(v1alpha1.FieldManager))
	return client.IgnoreNotFound(err)
}
