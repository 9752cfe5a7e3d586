package v1alpha1

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Labels and annotations of Lotse's objects on the management cluster.
const (
	LabelResourceGroup = "lotse.dev/resource-group" // object name of the ResourceGroup
	LabelCluster       = "lotse.dev/cluster"        // object name of the ManagedCluster
	LabelPool          = "lotse.dev/pool"           // object name of the AgentPool
	LabelScaleSet      = "lotse.dev/scale-set"      // object name of the ScaleSet
	LabelMachine       = "lotse.dev/machine"        // object name of the Machine
	LabelComponent     = "lotse.dev/component"      // control-plane component, such as kube-apiserver
	LabelSubscription  = "lotse.dev/subscription"   // subscription GUID

	// CorrelationPowerSchedule begins the correlation IDs of requests that power schedules make. A client's own never begins so.
	CorrelationPowerSchedule = "power-schedule."
	// CorrelationAutoUpgrade begins those of automatic upgrades.
	CorrelationAutoUpgrade = "auto-upgrade."
	// AnnotationCorrelationID carries the ARM correlation ID of the last write, so that a reconcile can be traced to its request.
	AnnotationCorrelationID = "lotse.dev/correlation-id"
	// AnnotationTraceParent carries the W3C trace context of the last write, if requests are traced.
	AnnotationTraceParent = "lotse.dev/traceparent"

	// AnnotationLock on a parent, such as a ManagedCluster, is the write of a child that the front door is about to do.
	AnnotationLock = "lotse.dev/lock"

	// AnnotationReservations on a Subscription are the resources that the front door is about to create.
	AnnotationReservations = "lotse.dev/reservations"

	// AnnotationEtcdQuota on a ManagedCluster is how much its etcd may store, such as 512Mi; the operator of the service sets it.
	AnnotationEtcdQuota = "lotse.dev/etcd-quota"

	// AnnotationIgnoreBudgets on an AgentPool, "true", makes its deletion end Pods without regard to disruption budgets: AKS's query parameter
	// ignore-pod-disruption-budget.
	AnnotationIgnoreBudgets = "lotse.dev/ignore-disruption-budgets"

	// AnnotationAbort on a cluster or a pool is the generation whose operation is to end where it is (see Aborted).
	AnnotationAbort = "lotse.dev/abort"

	// AnnotationRolloutHalted on a Release says since when, and why, no cluster gets it by itself: "{RFC 3339 time} {sentence}". The service writes it
	// when clusters that were upgraded to the release got worse, or the operator; only the operator ends it.
	AnnotationRolloutHalted = "lotse.dev/rollout-halted"

	// AnnotationRolloutResumed on a Release is when the operator resumed its roll-out last. What happened to clusters before does not halt it again.
	AnnotationRolloutResumed = "lotse.dev/rollout-resumed"

	// Finalizer is the only finalizer that Lotse sets; the controller of the kind removes it.
	Finalizer = "lotse.dev/teardown"

	// FieldManager is the name under which the service writes (see "Evidence is managedFields" in the architecture).
	FieldManager = "lotse"

	// SystemNamespace holds Lotse itself.
	SystemNamespace = "lotse-system"
)

// SubscriptionNamespace is where the resources of a subscription live.
func SubscriptionNamespace(subscriptionID string) string {
	return "sub-" + strings.ToLower(subscriptionID)
}

// hashLength is how many characters of 5 bits an object's name has of its ID's hash: 130 bits, so that two IDs with one name cannot be found.
// Namespaces of clusters are named after their objects, and all customers share those names.
const hashLength = 26

// ObjectName is the Kubernetes name of the object for an ARM resource ID: a readable stem and a hash of the whole ID, both free of case.
// It has at most 47 characters, so that derived names stay valid labels. Code that reads an object by it compares the object's ID (SameID).
func ObjectName(resourceID string) string {
	id := normal(resourceID)
	sum := sha256.Sum256([]byte(id))
	hash := strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:hashLength]
	if stem := stem(id[strings.LastIndex(id, "/")+1:]); stem != "" {
		return stem + "-" + hash
	}
	return "x-" + hash
}

// SameID reports whether two ARM resource IDs name one resource, as ObjectName sees it.
func SameID(a, b string) bool { return normal(a) == normal(b) }

// normal form of an ID: case and slashes at its ends make no difference.
func normal(id string) string { return strings.ToLower(strings.Trim(id, "/")) }

func stem(name string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r < 0x80:
			return '-'
		}
		return -1
	}
	s := strings.Map(keep, name)
	s = strings.TrimLeft(s, "-0123456789")
	return strings.TrimRight(s[:min(len(s), 20)], "-")
}

// ResourceGroupID is the ARM ID of a resource group.
func ResourceGroupID(subscriptionID, group string) string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s", subscriptionID, group)
}

// ManagedClusterType is the resource type of managed clusters in ARM.
const ManagedClusterType = "Microsoft.ContainerService/managedClusters"

// ManagedClusterID is the ARM ID of a managed cluster.
func ManagedClusterID(subscriptionID, group, cluster string) string {
	return ResourceGroupID(subscriptionID, group) + "/providers/" + ManagedClusterType + "/" + cluster
}

// AgentPoolID is the ARM ID of a pool.
func AgentPoolID(subscriptionID, group, cluster, pool string) string {
	return ManagedClusterID(subscriptionID, group, cluster) + "/agentPools/" + pool
}

// ScaleSetID is the ARM ID of a scale set, which lives in the node resource group.
func ScaleSetID(subscriptionID, nodeGroup, scaleSet string) string {
	return ResourceGroupID(subscriptionID, nodeGroup) + "/providers/Microsoft.Compute/virtualMachineScaleSets/" + scaleSet
}

// MachineID is the ARM ID of an instance of a scale set.
func MachineID(subscriptionID, nodeGroup, scaleSet string, instance int64) string {
	return ScaleSetID(subscriptionID, nodeGroup, scaleSet) + "/virtualMachines/" + strconv.FormatInt(instance, 10)
}

// Parts of the names of a cluster's namespaces.
const (
	clusterPrefix = "mc-"
	nodesSuffix   = "-nodes"
)

// ControlPlaneNamespace of a cluster, by its object name.
func ControlPlaneNamespace(cluster string) string { return clusterPrefix + cluster }

// NodesNamespace holds the machines' Pods and disks of a cluster, by its object name. It is apart from the control plane because
// machines need privileged Pods and control planes must not.
func NodesNamespace(cluster string) string { return ControlPlaneNamespace(cluster) + nodesSuffix }

// IsControlPlaneNamespace reports whether a namespace is that of a cluster's control plane. Object names end in a hash, so none ends like the
// namespace of its machines.
func IsControlPlaneNamespace(namespace string) bool {
	return strings.HasPrefix(namespace, clusterPrefix) && !strings.HasSuffix(namespace, nodesSuffix)
}

// IsNodesNamespace reports whether a namespace is that of a cluster's machines.
func IsNodesNamespace(namespace string) bool {
	return strings.HasPrefix(namespace, clusterPrefix) && strings.HasSuffix(namespace, nodesSuffix)
}

// ScaleSetName is AKS's name for a pool's scale set: aks-{pool}-{8 digits}-vmss. The digits are the same for all pools of a cluster.
func ScaleSetName(pool, clusterObject string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(clusterObject)) // never fails
	return fmt.Sprintf("aks-%s-%08d-vmss", pool, h.Sum32()%100_000_000)
}

// NodeName is AKS's computer name of an instance: the scale set's name and six base-36 digits.
func NodeName(scaleSet string, instance int64) string {
	digits := strconv.FormatInt(instance, 36)
	return scaleSet + strings.Repeat("0", max(0, 6-len(digits))) + digits
}
