package agentpool

import (
	"maps"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"lotse.dev/api/v1alpha1"
)

// Labels of the nodes of a pool: the customer's, overridden by those that AKS puts on every node. The node image's version is not among
// them, because machines of one pool may differ in it.
func Labels(pool *v1alpha1.AgentPool, cluster *v1alpha1.ManagedCluster) map[string]string {
	labels := maps.Clone(pool.Spec.NodeLabels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, map[string]string{
		"agentpool":                           pool.Spec.Name,
		"kubernetes.azure.com/agentpool":      pool.Spec.Name,
		"kubernetes.azure.com/cluster":        labelValue(cluster.Spec.NodeResourceGroup),
		"kubernetes.azure.com/mode":           strings.ToLower(string(pool.Spec.Mode)),
		"kubernetes.azure.com/nodepool-type":  "VirtualMachineScaleSets",
		"kubernetes.azure.com/os-sku":         "Debian",
		"kubernetes.azure.com/role":           "agent",
		"kubernetes.azure.com/storageprofile": "managed",
		"node.kubernetes.io/instance-type":    pool.Spec.VMSize,
		"topology.kubernetes.io/region":       labelValue(cluster.Spec.Location),
		"topology.kubernetes.io/zone":         "0",
	})
	return labels
}

var notInLabels = regexp.MustCompile(`[^-A-Za-z0-9_.]`)

// labelValue turns a name into a valid label value: names of groups may have 90 characters, and parentheses.
func labelValue(name string) string {
	value := notInLabels.ReplaceAllString(name, "-")
	value = value[:min(len(value), validation.LabelValueMaxLength)]
	return strings.Trim(value, "-_.")
}
