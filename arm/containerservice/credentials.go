package containerservice

import (
	"context"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/wire"
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

// accessProfile is a kubeconfig in the form of older clients.
type accessProfile struct {
	wire.Identifiers
	Location   string                  `json:"location"`
	Properties accessProfileProperties `json:"properties"`
}

type accessProfileProperties struct {
	// KubeConfig is base64 on the wire.
	KubeConfig []byte `json:"kubeConfig"`
}

// credentials hands out the kubeconfig in one of the control plane's Secrets.
func (p *Provider) credentials(name, secret string) route.Handler {
	return p.handOut(secret, func(_ *v1alpha1.ManagedCluster, kubeconfig []byte) any {
		return credentialList{[]credential{{name, kubeconfig}}}
	})
}

// accessProfile hands out the same as credentials does.
func (p *Provider) accessProfile(name, secret string) route.Handler {
	return p.handOut(secret, func(c *v1alpha1.ManagedCluster, kubeconfig []byte) any {
		return accessProfile{
			wire.Identifiers{ID: c.ID() + "/accessProfiles/" + name, Name: name, Type: wire.ClusterType + "/accessProfiles"},
			c.Spec.Location, accessProfileProperties{kubeconfig},
		}
	})
}

func (p *Provider) handOut(secret string, show func(*v1alpha1.ManagedCluster, []byte) any) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		s, err := p.existing(r)
		if err != nil {
			return err
		}
		kubeconfig, err := p.kubeconfig(r.Context(), s.Object, secret)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		return route.JSON(w, http.StatusOK, show(s.Object, kubeconfig))
	}
}

// kubeconfig in one of the control plane's Secrets; the error says so if it is not there yet.
func (p *Provider) kubeconfig(ctx context.Context, c *v1alpha1.ManagedCluster, secret string) ([]byte, error) {
	var found corev1.Secret
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(c.Name), Name: secret}
	if err := p.client.Get(ctx, key, &found); err != nil && !apierrors.IsNotFound(err) {
		return nil, err
	}
	value := found.Data[v1alpha1.KeyKubeconfig]
	if len(value) == 0 || !c.Owns(&found) {
		return nil, fault.New(fault.OperationNotAllowed, "The credentials of managed cluster '%s' are not ready: the cluster is in Provisioning "+
			"State(%s). Repeat the request when it is Succeeded.", c.Spec.Name, v1alpha1.ProvisioningState(c)).After(5 * time.Second)
	}
	return value, nil
}
