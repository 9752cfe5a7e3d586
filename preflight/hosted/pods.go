package hosted

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/machine/drain"
	"lotse.dev/preflight"
	"lotse.dev/webhooks"
)

// maxCrowded Pods that are named.
const maxCrowded = 20

// crowded Pods are those that a drain has to evict and that several budgets select. Only namespaces with several budgets can have them.
func crowded(ctx context.Context, c client.Reader, budgets []policyv1.PodDisruptionBudget) (all []preflight.Crowded, err error) {
	byNamespace := map[string][]policyv1.PodDisruptionBudget{}
	for _, b := range budgets {
		byNamespace[b.Namespace] = append(byNamespace[b.Namespace], b)
	}
	for namespace, budgets := range byNamespace {
		if len(budgets) < 2 {
			continue
		}
		pods := &corev1.PodList{}
		if err := list(ctx, c, pods, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for _, p := range drain.Decide(pods.Items).Evict {
			if names := drain.Protecting(p, budgets); len(names) > 1 && len(all) < maxCrowded {
				all = append(all, preflight.Crowded{Namespace: namespace, Name: p.Name, Budgets: names})
			}
		}
	}
	return all, nil
}

// webhooksOf a cluster that can refuse what an upgrade needs.
func webhooksOf(ctx context.Context, c client.Reader) ([]preflight.Webhook, error) {
	obstacles, err := webhooks.Read(ctx, c)
	if err != nil {
		return nil, err
	}
	all := make([]preflight.Webhook, len(obstacles))
	for i, o := range obstacles {
		all[i].Obstacle = o
		if all[i].Silent, err = silentService(ctx, c, o.Service); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// silentService reports that a Service has no Pod that is ready. What a URL leads to is not known, and taken to answer.
func silentService(ctx context.Context, c client.Reader, name string) (bool, error) {
	namespace, service, named := strings.Cut(name, "/")
	if !named {
		return false, nil
	}
	slices := &discoveryv1.EndpointSliceList{}
	if err := list(ctx, c, slices, client.InNamespace(namespace), client.MatchingLabels{discoveryv1.LabelServiceName: service}); err != nil {
		return false, err
	}
	for _, s := range slices.Items {
		for _, e := range s.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				return false, nil
			}
		}
	}
	return true, nil
}
