package containerservice

import (
	"net/http"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// retryNode is when a request may be repeated that met a node which has just joined.
const retryNode = 5 * time.Second

// rotateCertificates replaces the authorities of a cluster, and everything that they signed. A body is not read, as in AKS.
func (p *Provider) rotateCertificates(w http.ResponseWriter, r *route.Request) error {
	return p.rotate(w, r, func(*v1alpha1.ManagedClusterSpec) {})
}

// rotateKeys replaces the key that signs service account tokens. Certificates and kubeconfigs stay.
func (p *Provider) rotateKeys(w http.ResponseWriter, r *route.Request) error {
	return p.rotate(w, r, func(spec *v1alpha1.ManagedClusterSpec) { spec.KeyRotation = spec.CertificateRotations })
}

func (p *Provider) rotate(w http.ResponseWriter, r *route.Request, narrow func(*v1alpha1.ManagedClusterSpec)) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := p.writable(r, present, present.ETag()); err != nil {
		return err
	}
	if err := p.admitRotation(r, present.Object); err != nil {
		return err
	}
	c := present.Object
	c.Spec.CertificateRotations = nextRotation(c)
	narrow(&c.Spec)
	c.Spec.PoolProfiles = present.Pending() // this write names no pools, and keeps those that a failed one had yet to make
	c.Spec.PowerState = ""                  // a stop that was refused is not tried again by another write
	concurrency.Unlock(c)
	v1alpha1.SetVerb(c, v1alpha1.RotatingClusterCertificates)
	metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationCorrelationID, r.CorrelationID)
	if err := p.client.Update(r.Context(), c, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), operation.Of(state.ClusterKind, c))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// nextRotation counts also those that nobody asked for: authorities that have ended are replaced by themselves.
func nextRotation(c *v1alpha1.ManagedCluster) int64 {
	next := c.Spec.CertificateRotations
	if r := c.Status.Rotation; r != nil {
		next = max(next, r.Number)
	}
	return next + 1
}

// admitRotation refuses what nodes would not survive: machines of an earlier Lotse take no new authorities. Those that do say so when they join.
func (p *Provider) admitRotation(r *route.Request, c *v1alpha1.ManagedCluster) error {
	var machines v1alpha1.MachineList
	if err := p.client.List(r.Context(), &machines, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name}); err != nil {
		return err
	}
	for _, m := range machines.Items {
		if m.DeletionTimestamp == nil && m.Status.Trust == "" && apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady) {
			return fault.New(fault.OperationNotAllowed, "The certificates of managed cluster '%s' cannot be rotated: node '%s' does not say which authorities it trusts. "+
				"If it has just joined, repeat the request. Otherwise its image is too old for a rotation: replace its pool by a new one.",
				c.Spec.Name, m.Spec.Hostname).After(retryNode)
		}
	}
	return nil
}
