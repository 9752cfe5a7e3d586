// Package access gives controllers clients of hosted clusters, made from the service's own credential. No customer's credential is used for
// it, and no customer ever gets it.
package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// The limits are those of a service that works on a cluster in bursts (add-ons, drains) and must not hang on a dead one.
const (
	queriesPerSecond = 100
	burst            = 200
	timeout          = 10 * time.Second
)

// ErrNotReady means that the cluster has no credential for the service yet, or none any more. It is a reason to wait.
var ErrNotReady = errors.New("the cluster's control plane has no credential for the service yet")

// Config is the service's credential for a hosted cluster. The error is ErrNotReady while there is none.
func Config(ctx context.Context, c client.Reader, cluster *v1alpha1.ManagedCluster) (*rest.Config, error) {
	content, err := kubeconfig(ctx, c, cluster)
	if err != nil {
		return nil, err
	}
	return parse(cluster, content)
}

func kubeconfig(ctx context.Context, c client.Reader, cluster *v1alpha1.ManagedCluster) ([]byte, error) {
	key := client.ObjectKey{Namespace: v1alpha1.ControlPlaneNamespace(cluster.Name), Name: v1alpha1.SecretServiceKubeconfig}
	secret := &corev1.Secret{}
	err := c.Get(ctx, key, secret)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("secret %s: %w", key, ErrNotReady)
	case err != nil:
		return nil, fmt.Errorf("reading the service's credential for cluster %s: %w", cluster.Name, err)
	case !cluster.Owns(secret):
		return nil, fmt.Errorf("secret %s belongs to something else: %w", key, ErrNotReady)
	case len(secret.Data[v1alpha1.KeyKubeconfig]) == 0:
		return nil, fmt.Errorf("secret %s has no %s: %w", key, v1alpha1.KeyKubeconfig, ErrNotReady)
	}
	return secret.Data[v1alpha1.KeyKubeconfig], nil
}

func parse(cluster *v1alpha1.ManagedCluster, content []byte) (*rest.Config, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		return nil, fmt.Errorf("the service's kubeconfig for cluster %s is damaged; delete secret %s and it is made anew: %w",
			cluster.Name, v1alpha1.SecretServiceKubeconfig, err)
	}
	config.QPS, config.Burst, config.Timeout = queriesPerSecond, burst, timeout
	config.UserAgent = "lotse"
	config.WarningHandler = rest.NoWarnings{} // they are meant for users; requests of the service are chosen knowingly
	return config, nil
}
