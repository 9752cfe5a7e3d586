package containerservice

import (
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// rotateCertificates replaces the authorities of a cluster, and everything that they signed. A body is not read, as in AKS.
func (p *Provider) rotateCertificates(w http.ResponseWriter, r *route.Request) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := p.writable(r, present, present.ETag()); err != nil {
		return err
	}
	c := present.Object
	c.Spec.CertificateRotations++
	c.Spec.PoolProfiles = nil // this write names no pools
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
