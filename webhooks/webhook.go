package webhooks

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Namespaces whose objects a cluster needs: those of its add-ons, and those by which nodes report.
var Namespaces = []string{metav1.NamespaceSystem, corev1.NamespaceNodeLease}

// need is a resource that a cluster has to write before its first Pod runs again, or while its machines are stopped.
type need struct {
	group, resource string
	// namespace in which; empty for a resource without namespaces, for which no namespaceSelector counts.
	namespace string
	// verbs that matter; nil for all.
	verbs []admissionv1.OperationType
}

const (
	certificates = "certificates.k8s.io"
	rbac         = "rbac.authorization.k8s.io"
)

// needed by a start. Pods have to be evicted and removed, and DaemonSets' made again.
var needed = []need{
	{"", "nodes", "", nil}, {"", "nodes/status", "", nil},
	{"", "pods", metav1.NamespaceSystem, []admissionv1.OperationType{admissionv1.Create, admissionv1.Delete}},
	{"", "pods/eviction", metav1.NamespaceSystem, []admissionv1.OperationType{admissionv1.Create}},
	{"", "endpoints", metav1.NamespaceSystem, nil}, {"discovery.k8s.io", "endpointslices", metav1.NamespaceSystem, nil},
	{"coordination.k8s.io", "leases", corev1.NamespaceNodeLease, nil},
	{certificates, "certificatesigningrequests", "", nil}, {certificates, "certificatesigningrequests/approval", "", nil},
	{certificates, "certificatesigningrequests/status", "", nil},
	{rbac, "clusterroles", "", nil}, {rbac, "clusterrolebindings", "", nil},
	{"apiregistration.k8s.io", "apiservices", "", nil},
}

// Webhook is what of a validating or mutating webhook decides whether it blocks.
type Webhook struct {
	// Kind, Configuration and Name as kubectl shows them.
	Kind, Configuration, Name string
	// Service that answers for it, as namespace/name; empty for one that is reached by a URL.
	Service             string
	FailurePolicy       *admissionv1.FailurePolicyType
	Namespaces, Objects *metav1.LabelSelector
	// Conditions that the webhook has. What they let pass is not known, and taken to be what the cluster needs.
	Conditions int
	Rules      []admissionv1.RuleWithOperations
}

// Obstacle is a webhook that would refuse what a cluster needs if it did not answer.
type Obstacle struct {
	Webhook
	// Resource that the cluster needs and the webhook matches, and the Rule by which it does.
	Resource, Rule string
}

// Object names the webhook as kubectl shows it.
func (o Obstacle) Object() string { return fmt.Sprintf("%s of %s %s", o.Name, o.Kind, o.Configuration) }

func (o Obstacle) String() string {
	return fmt.Sprintf("webhook %s, with failurePolicy Fail, matches %s by its rule %s", o.Object(), o.Resource, o.Rule)
}

// Obstacles are the webhooks that can refuse what a cluster needs while its nodes start. namespaces are the labels of Namespaces.
func Obstacles(all []Webhook, namespaces map[string]labels.Set) []Obstacle {
	var obstacles []Obstacle
	for _, w := range all {
		if w.FailurePolicy != nil && *w.FailurePolicy == admissionv1.Ignore || w.Conditions > 0 || !selects(w.Objects, nil) {
			continue
		}
		for _, r := range w.Rules {
			if resource := w.matched(r, namespaces); resource != "" {
				obstacles = append(obstacles, Obstacle{w, resource, describe(r)})
				break
			}
		}
	}
	return obstacles
}

// selects reports whether a selector selects what has these labels. One that cannot be read selects everything.
func selects(selector *metav1.LabelSelector, of labels.Set) bool {
	if selector == nil {
		return true
	}
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err != nil || s.Matches(of)
}

// matched is the first needed resource that a rule of the webhook matches.
func (w Webhook) matched(r admissionv1.RuleWithOperations, namespaces map[string]labels.Set) string {
	for _, n := range needed {
		if has(r.APIGroups, n.group) && hasResource(r.Resources, n.resource) && hasVerb(r.Operations, n.verbs) && n.within(r.Scope) &&
			(n.namespace == "" || selects(w.Namespaces, namespaces[n.namespace])) {
			return strings.TrimSuffix(n.resource+"."+n.group, ".")
		}
	}
	return ""
}

func (n need) within(scope *admissionv1.ScopeType) bool {
	switch {
	case scope == nil || *scope == admissionv1.AllScopes:
		return true
	case *scope == admissionv1.ClusterScope:
		return n.namespace == ""
	}
	return n.namespace != ""
}

func has(all []string, one string) bool {
	return slices.Contains(all, "*") || slices.Contains(all, one)
}

// hasResource follows the API's wildcards: "*" is every resource without its subresources, "*/*" is everything, "pods/*" all of pods' subresources.
func hasResource(all []string, one string) bool {
	resource, part, sub := strings.Cut(one, "/")
	return slices.ContainsFunc(all, func(pattern string) bool {
		if pattern == "*/*" || pattern == one {
			return true
		}
		if !sub {
			return pattern == "*"
		}
		return pattern == resource+"/*" || pattern == "*/"+part
	})
}

func hasVerb(rule, verbs []admissionv1.OperationType) bool {
	return slices.ContainsFunc(rule, func(v admissionv1.OperationType) bool {
		return v == admissionv1.OperationAll || v != admissionv1.Connect && (verbs == nil || slices.Contains(verbs, v))
	})
}

func describe(r admissionv1.RuleWithOperations) string {
	verbs := make([]string, len(r.Operations))
	for i, v := range r.Operations {
		verbs[i] = string(v)
	}
	return fmt.Sprintf("%s of %s in API groups %q", strings.Join(verbs, ", "), strings.Join(r.Resources, ", "), r.APIGroups)
}
