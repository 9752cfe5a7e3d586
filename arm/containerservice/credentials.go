package containerservice

import (
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/personal"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/kubeconfig"
	"lotse.dev/pki"
)

// adminAction is the right that makes its holder an administrator inside the cluster.
const adminAction = "listClusterAdminCredential/action"

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

// credentials issues a certificate of the caller's own and hands out a kubeconfig with it. Nothing of it is stored.
func (p *Provider) credentials(kind personal.Kind) route.Handler {
	return p.handOut(kind, func(_ *v1alpha1.ManagedCluster, content []byte) any {
		return credentialList{[]credential{{kind.Name, content}}}
	})
}

// accessProfile hands out the same as credentials does.
func (p *Provider) accessProfile(kind personal.Kind) route.Handler {
	return p.handOut(kind, func(c *v1alpha1.ManagedCluster, content []byte) any {
		return accessProfile{
			wire.Identifiers{ID: c.ID() + "/accessProfiles/" + kind.Name, Name: kind.Name, Type: wire.ClusterType + "/accessProfiles"},
			c.Spec.Location, accessProfileProperties{content},
		}
	})
}

func (p *Provider) handOut(kind personal.Kind, show func(*v1alpha1.ManagedCluster, []byte) any) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		s, err := p.existing(r)
		if err != nil {
			return err
		}
		content, err := p.kubeconfig(r, s.Object, kind)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		return route.JSON(w, http.StatusOK, show(s.Object, content))
	}
}

func (p *Provider) kubeconfig(r *route.Request, c *v1alpha1.ManagedCluster, kind personal.Kind) ([]byte, error) {
	authority, trust, err := p.authority(r, c)
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue(kind.Leaf(r.Caller, r.May(clusterActions+adminAction, c.ID())), p.real.Now())
	if err != nil {
		return nil, err
	}
	return kubeconfig.Entry{
		Cluster: c.Spec.Name, User: fmt.Sprintf("%s_%s_%s", kind.Name, c.Spec.ResourceGroup, c.Spec.Name), // AKS's name; az knows administrators by it
		Host: c.Status.Endpoint.Host, Port: c.Status.Endpoint.Port, Authority: trust, Pair: pair,
	}.Render()
}

// authority of a cluster, which signs its clients' certificates, and what those clients trust.
func (p *Provider) authority(r *route.Request, c *v1alpha1.ManagedCluster) (authority pki.Authority, trust []byte, err error) {
	var secret corev1.Secret
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(c.Name), Name: v1alpha1.SecretPKI}
	if err := p.client.Get(r.Context(), key, &secret); err != nil && !apierrors.IsNotFound(err) {
		return authority, nil, err
	}
	if c.NeverStarted() && c.AtRest() {
		return authority, nil, fault.New(fault.OperationNotAllowed, "Managed cluster '%s' was created stopped and has no credentials yet. Start it first "+
			"(POST …/start, az aks start).", c.Spec.Name)
	}
	if len(secret.Data) == 0 || !c.Owns(&secret) || c.Status.Endpoint.Port == 0 {
		return authority, nil, notReady(c)
	}
	if authority, err = pki.ClusterAuthority(secret.Data); err != nil {
		return authority, nil, fmt.Errorf("cluster %s: %w", c.Name, err)
	}
	return authority, pki.ClusterTrust(secret.Data), nil
}

func notReady(c *v1alpha1.ManagedCluster) error {
	return fault.New(fault.OperationNotAllowed, "The credentials of managed cluster '%s' are not ready: the cluster is in Provisioning "+
		"State(%s). Repeat the request when it is Succeeded.", c.Spec.Name, v1alpha1.ProvisioningState(c)).After(5 * time.Second)
}
