package containerservice

import (
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

type credential struct {
	Name string `json:"name"`
	// Value is base64 on the wire.
	Value []byte `json:"value"`
}

type credentialList struct {
	Kubeconfigs []credential `json:"kubeconfigs"`
}

// credentials hands out the kubeconfig in one of the control plane's Secrets.
func (p *Provider) credentials(name, secret string) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		s, err := p.existing(r)
		if err != nil {
			return err
		}
		var found corev1.Secret
		key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(s.Object.Name), Name: secret}
		if err := p.client.Get(r.Context(), key, &found); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		value := found.Data[v1alpha1.KeyKubeconfig]
		if len(value) == 0 || !s.Object.Owns(&found) {
			return fault.New(fault.OperationNotAllowed, "The credentials of managed cluster '%s' are not ready: the cluster is in Provisioning "+
				"State(%s). Repeat the request when it is Succeeded.", s.Object.Spec.Name, v1alpha1.ProvisioningState(s.Object)).After(5 * time.Second)
		}
		w.Header().Set("Cache-Control", "no-store")
		return route.JSON(w, http.StatusOK, credentialList{[]credential{{name, value}}})
	}
}
