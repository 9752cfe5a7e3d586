package access

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

// Authority of a hosted cluster, which signs the certificates of its clients. The error is ErrNotReady while there is none.
func Authority(ctx context.Context, c client.Reader, cluster *v1alpha1.ManagedCluster) (pki.Authority, error) {
	secret := &corev1.Secret{}
	err := c.Get(ctx, client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(cluster.Name), Name: v1alpha1.SecretPKI}, secret)
	switch {
	case apierrors.IsNotFound(err) || err == nil && !cluster.Owns(secret):
		return pki.Authority{}, ErrNotReady
	case err != nil:
		return pki.Authority{}, fmt.Errorf("reading the authority of cluster %s: %w", cluster.Name, err)
	}
	authority, err := pki.ClusterAuthority(secret.Data)
	if err != nil {
		return pki.Authority{}, fmt.Errorf("cluster %s: %w", cluster.Name, err)
	}
	return authority, nil
}
