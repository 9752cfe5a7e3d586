package v1alpha1

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PartOf reports whether the labels of an object on the management cluster mark it as a part of the cluster, given by its subscription
// and its object name. Names of namespaces are made from object names and shared by all customers, so an object that is found by one of them is used,
// changed and deleted only after this was asked.
func PartOf(o metav1.Object, subscription, cluster string) bool {
	labels := o.GetLabels()
	return cluster != "" && labels[LabelCluster] == cluster && strings.EqualFold(labels[LabelSubscription], subscription)
}

// Owns reports whether an object on the management cluster is a part of this cluster.
func (c *ManagedCluster) Owns(o metav1.Object) bool { return PartOf(o, c.Spec.SubscriptionID, c.Name) }
