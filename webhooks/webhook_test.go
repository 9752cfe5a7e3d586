package webhooks

import (
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
)

func TestObstacles(t *testing.T) {
	others := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"kube-system", "kube-node-lease"}},
	}}
	for sentence, c := range map[string]struct {
		webhook Webhook
		matches string // the resource that is named; empty for a webhook that does not block
	}{
		"a webhook for everything blocks a start":                   {rules(rule("*", "*", "*")), "nodes"},
		"one for everything and its subresources too":               {rules(rule("*", "*/*", "*")), "nodes"},
		"one for nodes blocks":                                      {rules(rule("", "nodes", admissionv1.Update)), "nodes"},
		"one for what kubelets report blocks":                       {rules(rule("", "*/status", admissionv1.Update)), "nodes/status"},
		"a selector of namespaces spares no nodes, which have none": {with(rules(rule("", "nodes", "*")), func(w *Webhook) { w.Namespaces = others }), "nodes"},
		"one for Pods blocks evictions and new Pods":                {rules(rule("", "pods", admissionv1.Create)), "pods"},
		"one for changed Pods does not":                             {rules(rule("", "pods", admissionv1.Update)), ""},
		"one for Pods that spares kube-system does not":             {with(rules(rule("", "pods", "*")), func(w *Webhook) { w.Namespaces = others }), ""},
		"one for the Pods of namespaces with a label does not":      {with(rules(rule("", "pods", "*")), func(w *Webhook) { w.Namespaces = labelled }), ""},
		"one for evictions blocks":                                  {rules(rule("", "pods/eviction", admissionv1.Create)), "pods/eviction"},
		"one for leases blocks the reports of nodes":                {rules(rule("coordination.k8s.io", "leases", "*")), "leases.coordination.k8s.io"},
		"one for EndpointSlices blocks":                             {rules(rule("discovery.k8s.io", "endpointslices", admissionv1.Delete)), "endpointslices.discovery.k8s.io"},
		"one for certificate requests blocks nodes that join anew":  {rules(rule("certificates.k8s.io", "certificatesigningrequests", "*")), "certificatesigningrequests.certificates.k8s.io"},
		"one for cluster roles blocks the add-ons":                  {rules(rule("rbac.authorization.k8s.io", "*", "*")), "clusterroles.rbac.authorization.k8s.io"},
		"one for APIServices blocks":                                {rules(rule("apiregistration.k8s.io", "apiservices", "*")), "apiservices.apiregistration.k8s.io"},
		"one that may fail does not":                                {with(rules(rule("*", "*", "*")), func(w *Webhook) { w.FailurePolicy = ptr.To(admissionv1.Ignore) }), ""},
		"one that says no failure policy fails":                     {with(rules(rule("*", "*", "*")), func(w *Webhook) { w.FailurePolicy = nil }), "nodes"},
		"one for objects with a label of its own does not":          {with(rules(rule("*", "*", "*")), func(w *Webhook) { w.Objects = labelled }), ""},
		"one with conditions is taken to let pass what is needed":   {with(rules(rule("*", "*", "*")), func(w *Webhook) { w.Conditions = 1 }), ""},
		"one for deployments does not":                              {rules(rule("apps", "deployments", "*")), ""},
		"one for connections does not":                              {rules(rule("*", "*/*", admissionv1.Connect)), ""},
		"a rule for resources with namespaces matches no node":      {rules(scoped(rule("*", "*", "*"), admissionv1.NamespacedScope)), "pods"},
		"a rule for resources without namespaces matches no Pod":    {rules(scoped(rule("", "pods", "*"), admissionv1.ClusterScope)), ""},
		"of several rules the one that matches is named":            {rules(rule("apps", "deployments", "*"), rule("", "endpoints", "*")), "endpoints"},
		"a webhook without rules does not":                          {Webhook{}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := words(Obstacles([]Webhook{c.webhook}, map[string]labels.Set{
				"kube-system": {"kubernetes.io/metadata.name": "kube-system"}, "kube-node-lease": {"kubernetes.io/metadata.name": "kube-node-lease"},
			}))
			switch {
			case c.matches == "" && len(got) > 0, c.matches != "" && (len(got) != 1 || !strings.Contains(got[0], "matches "+c.matches+" by its rule")):
				t.Errorf("blocking: %q, want one that matches %q", got, c.matches)
			case c.matches != "" && !strings.HasPrefix(got[0], "webhook check.example of ValidatingWebhookConfiguration policies"):
				t.Errorf("the webhook is not named: %q", got)
			}
		})
	}
}

var labelled = &metav1.LabelSelector{MatchLabels: map[string]string{"inject": "yes"}}

func rules(all ...admissionv1.RuleWithOperations) Webhook {
	return Webhook{
		Kind: "ValidatingWebhookConfiguration", Configuration: "policies", Name: "check.example", FailurePolicy: ptr.To(admissionv1.Fail), Rules: all,
	}
}

func with(w Webhook, edit func(*Webhook)) Webhook {
	edit(&w)
	return w
}

func rule(group, resource string, verb admissionv1.OperationType) admissionv1.RuleWithOperations {
	return admissionv1.RuleWithOperations{
		Operations: []admissionv1.OperationType{verb}, Rule: admissionv1.Rule{APIGroups: []string{group}, Resources: []string{resource}},
	}
}

func scoped(r admissionv1.RuleWithOperations, s admissionv1.ScopeType) admissionv1.RuleWithOperations {
	r.Scope = &s
	return r
}

func words(all []Obstacle) (texts []string) {
	for _, o := range all {
		texts = append(texts, o.String())
	}
	return texts
}
