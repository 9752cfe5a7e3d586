package plan

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/fault"
)

const (
	maxTaints         = 50
	maxLabels         = 100 // far below what a Node object holds
	reservedLabelZone = "kubernetes.azure.com"
	// criticalOnly is the taint that Lotse's add-ons tolerate.
	criticalOnly = "CriticalAddonsOnly"
)

// serviceLabels are those that the service itself puts on every node, beside the ones in reserved domains.
var serviceLabels = []string{"agentpool", corev1.LabelInstanceTypeStable}

// nodeStates are taints that Kubernetes puts on nodes and takes away by their state: one of a pool would come and go, or never go.
var nodeStates = []string{
	corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeUnschedulable, corev1.TaintNodeMemoryPressure,
	corev1.TaintNodeDiskPressure, corev1.TaintNodePIDPressure, corev1.TaintNodeNetworkUnavailable, corev1.TaintNodeOutOfService,
	"node.cloudprovider.kubernetes.io/uninitialized", "node.cloudprovider.kubernetes.io/shutdown",
}

func checkLabels(labels map[string]string, wrong complaint) {
	const field = "nodeLabels"
	if len(labels) > maxLabels {
		wrong(field, "there are %d labels; at most %d are allowed", len(labels), maxLabels)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if why := labelFault(key, labels[key]); why != "" {
			wrong(field, "label '%.100s=%.100s': %s", key, labels[key], why)
		}
	}
}

func labelFault(key, value string) string {
	if errs := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(errs) > 0 {
		return errs[0]
	}
	zone, _, qualified := strings.Cut(key, "/")
	switch {
	case slices.Contains(serviceLabels, key):
		return "the service sets this label on every node; use another name"
	case !qualified:
		return ""
	case within(zone, reservedLabelZone):
		return "labels under " + reservedLabelZone + " are kept for the service"
	case within(zone, "node.kubernetes.io"), within(zone, "kubelet.kubernetes.io"):
		return ""
	case within(zone, "kubernetes.io"), within(zone, "k8s.io"):
		return "a node may not set labels of Kubernetes itself; use a prefix of your own or node.kubernetes.io"
	}
	return ""
}

func within(zone, parent string) bool { return zone == parent || strings.HasSuffix(zone, "."+parent) }

// checkTaints refuses those that a kubelet does not start with, such as two of one key and effect.
func checkTaints(taints []string, wrong complaint) {
	const field = "nodeTaints"
	if len(taints) > maxTaints {
		wrong(field, "there are %d taints; at most %d are allowed", len(taints), maxTaints)
		return
	}
	seen := map[corev1.Taint]string{}
	for _, text := range taints {
		taint, why := parseTaint(text)
		if why != "" {
			wrong(field, "taint '%.200s': %s", text, why)
			continue
		}
		taint.Value = ""
		if other, twice := seen[taint]; twice {
			wrong(field, "taints '%.200s' and '%.200s' have the same key and effect; a node can have only one of them", other, text)
		}
		seen[taint] = text
	}
}

// parseTaint reads key=value:Effect or key:Effect, and returns what is wrong with it.
func parseTaint(text string) (taint corev1.Taint, why string) {
	left, effect, ok := strings.Cut(text, ":")
	key, value, _ := strings.Cut(left, "=")
	taint = corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(effect)}
	effects := []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute}
	if !ok || !slices.Contains(effects, taint.Effect) {
		return taint, "write key=value:Effect with effect NoSchedule, PreferNoSchedule or NoExecute"
	}
	if errs := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(errs) > 0 {
		return taint, errs[0]
	}
	if slices.Contains(nodeStates, key) {
		return taint, "Kubernetes sets and removes this taint by the node's state; use a key of your own"
	}
	return taint, ""
}

// checkSystemTaints refuses taints that keep DNS and metrics off a System pool, as AKS does. Taints that a pool already has stay.
func checkSystemTaints(pool v1alpha1.AgentPoolSpec, req request.Pool) []*fault.Error {
	before := req.Present
	if pool.Mode != v1alpha1.SystemPool || before != nil && before.Mode == pool.Mode && slices.Equal(before.NodeTaints, pool.NodeTaints) {
		return nil
	}
	for _, text := range pool.NodeTaints {
		taint, why := parseTaint(text)
		if why != "" || taint.Key == criticalOnly || taint.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		target := req.Path + ".nodeTaints"
		return []*fault.Error{fault.New(fault.SystemPoolTaint, "The value of parameter %s is invalid: taint '%s' keeps the Pods of kube-system, such "+
			"as DNS, off the System pool '%s'. Placing custom taints on a System pool is not supported, except for %s and effect PreferNoSchedule. "+
			"Give the taint to a User pool.", target, text, req.Name, criticalOnly).At(target)}
	}
	return nil
}
