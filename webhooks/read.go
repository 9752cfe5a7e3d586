package webhooks

import (
	"context"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Read the obstacles among the webhooks of a hosted cluster.
func Read(ctx context.Context, hosted client.Reader) ([]Obstacle, error) {
	validating, mutating := &admissionv1.ValidatingWebhookConfigurationList{}, &admissionv1.MutatingWebhookConfigurationList{}
	for _, list := range []client.ObjectList{validating, mutating} {
		if err := hosted.List(ctx, list); err != nil {
			return nil, err
		}
	}
	return Obstacles(of(validating.Items, mutating.Items), labelsOf(ctx, hosted)), nil
}

// labelsOf the namespaces that webhooks may select by. One that cannot be read has the label that every namespace has.
func labelsOf(ctx context.Context, hosted client.Reader) map[string]labels.Set {
	all := map[string]labels.Set{}
	for _, name := range Namespaces {
		all[name] = labels.Set{corev1.LabelMetadataName: name}
		namespace := &corev1.Namespace{}
		if hosted.Get(ctx, client.ObjectKey{Name: name}, namespace) == nil {
			all[name] = namespace.Labels
		}
	}
	return all
}

func of(validating []admissionv1.ValidatingWebhookConfiguration, mutating []admissionv1.MutatingWebhookConfiguration) (all []Webhook) {
	for _, c := range validating {
		for _, w := range c.Webhooks {
			all = append(all, Webhook{
				Kind: "ValidatingWebhookConfiguration", Configuration: c.Name, Name: w.Name, Service: service(w.ClientConfig),
				FailurePolicy: w.FailurePolicy, Namespaces: w.NamespaceSelector, Objects: w.ObjectSelector,
				Conditions: len(w.MatchConditions), Rules: w.Rules,
			})
		}
	}
	for _, c := range mutating {
		for _, w := range c.Webhooks {
			all = append(all, Webhook{
				Kind: "MutatingWebhookConfiguration", Configuration: c.Name, Name: w.Name, Service: service(w.ClientConfig),
				FailurePolicy: w.FailurePolicy, Namespaces: w.NamespaceSelector, Objects: w.ObjectSelector,
				Conditions: len(w.MatchConditions), Rules: w.Rules,
			})
		}
	}
	return all
}

func service(c admissionv1.WebhookClientConfig) string {
	if c.Service == nil {
		return ""
	}
	return c.Service.Namespace + "/" + c.Service.Name
}
