package oidcissuer

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

const (
	// root of all issuers, named as in AKS's host names (oic.prod-aks.azure.com).
	root = "/oic"
	path = root + "/{tenant}/{issuer}"

	// indexed is the name of the index of clusters by the path of their issuer.
	indexed = "spec.oidcIssuerURL"

	// keepFor is how long verifiers may keep what they read; as long as in Kubernetes.
	keepFor = "public, max-age=3600"

	// keyVerification in the API server's Secret holds the public keys of tokens, in PEM. The Secret's private keys are not looked at.
	keyVerification = "service-account.pub"

	keysType = "application/jwk-set+json"
)

// URL of an issuer below the front door's public URL: {front door}/oic/{tenant}/{id}/, ending in a slash as AKS's do.
func URL(frontDoor, tenant, id string) string {
	return strings.TrimSuffix(frontDoor, "/") + pathOf(tenant, id)
}

func pathOf(tenant, id string) string { return strings.ToLower(root + "/" + tenant + "/" + id + "/") }

// Index lets a cache find clusters by their issuers. It must be called before the cache starts.
func Index(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.ManagedCluster{}, indexed, func(o client.Object) []string {
		c, ok := o.(*v1alpha1.ManagedCluster)
		if !ok || c.Spec.OIDCIssuerURL == "" {
			return nil
		}
		u, err := url.Parse(c.Spec.OIDCIssuerURL)
		if err != nil {
			return nil // it is not one of ours
		}
		return []string{u.Path}
	})
	if err != nil {
		return fmt.Errorf("indexing clusters by their OIDC issuers: %w", err)
	}
	return nil
}

// Issuers are those of all clusters.
type Issuers struct{ cache client.Reader }

// New issuers, read from a cache with an Index.
func New(cache client.Reader) *Issuers { return &Issuers{cache: cache} }

// Routes of the issuers, all public.
func (i *Issuers) Routes() route.Table {
	public := func(pattern string, h route.Handler) route.Route {
		return route.Route{Method: http.MethodGet, Pattern: pattern, Access: route.Public, Handle: h}
	}
	return route.Table{
		public(path+"/.well-known/openid-configuration", i.discovery),
		public(path+v1alpha1.OIDCKeysPath, i.keys),
	}
}

func (i *Issuers) discovery(w http.ResponseWriter, r *route.Request) error {
	c, err := i.cluster(r)
	if err != nil {
		return err
	}
	keys, err := i.verification(r.Context(), c)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", keepFor)
	return route.JSON(w, http.StatusOK, Discover(c.Spec.OIDCIssuerURL, keys))
}

func (i *Issuers) keys(w http.ResponseWriter, r *route.Request) error {
	c, err := i.cluster(r)
	if err != nil {
		return err
	}
	keys, err := i.verification(r.Context(), c)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", keepFor)
	return route.As(w, http.StatusOK, keysType, keys)
}

// cluster whose issuer the path names.
func (i *Issuers) cluster(r *route.Request) (*v1alpha1.ManagedCluster, error) {
	var found v1alpha1.ManagedClusterList
	err := i.cache.List(r.Context(), &found, client.MatchingFields{indexed: pathOf(r.Param("tenant"), r.Param("issuer"))})
	if err != nil {
		return nil, fmt.Errorf("finding the cluster of an OIDC issuer: %w", err)
	}
	if len(found.Items) == 0 {
		return nil, fault.New(fault.NotFound, "There is no OIDC issuer at '%s'. The cluster's oidcIssuerProfile.issuerURL has the URL of its issuer.", r.URL.Path)
	}
	return &found.Items[0], nil
}

func (i *Issuers) verification(ctx context.Context, c *v1alpha1.ManagedCluster) (KeySet, error) {
	var secret corev1.Secret
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(c.Name), Name: v1alpha1.ComponentAPIServer}
	if err := i.cache.Get(ctx, key, &secret); err != nil && !apierrors.IsNotFound(err) {
		return KeySet{}, fmt.Errorf("reading the keys of an OIDC issuer: %w", err)
	}
	if len(secret.Data[keyVerification]) == 0 || !c.Owns(&secret) {
		return KeySet{}, fault.New(fault.ServiceUnavailable, "The OIDC issuer has no keys yet: its cluster is being created. Repeat the request.").
			After(5 * time.Second)
	}
	return Keys(secret.Data[keyVerification])
}
