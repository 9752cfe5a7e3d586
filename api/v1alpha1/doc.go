// Package v1alpha1 is Lotse's vocabulary: the custom resources of the management cluster, their conditions and reasons, and the names
// that every other package derives from a resource ID. It contains no behaviour but reading these.
//
// Every resource of a subscription lives in that subscription's namespace (SubscriptionNamespace). Its object name is a pure function of
// its ARM resource ID (ObjectName), so a request finds its object without an index, whatever the case of its path.
//
// +kubebuilder:object:generate=true
// +groupName=lotse.dev
package v1alpha1

//go:generate go run sigs.k8s.io/controller-tools/cmd/controller-gen@v0.23.0 object paths=. crd:crdVersions=v1 output:crd:dir=../crds
