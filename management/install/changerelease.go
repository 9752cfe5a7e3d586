package install

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/management/host"
)

// ChangeRelease changes what a release says of its roll-out, on an installation that is up. What it consists of never changes.
func ChangeRelease(ctx context.Context, c Choice, name string, change func(*v1alpha1.Release)) error {
	config, detach, err := c.cluster()
	if err != nil {
		return err
	}
	defer detach()
	cluster, err := connect(config)
	if err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultRetry, func() error { return changeRelease(ctx, cluster, name, change) })
}

func changeRelease(ctx context.Context, cluster client.Client, name string, change func(*v1alpha1.Release)) error {
	r := &v1alpha1.Release{}
	err := cluster.Get(ctx, client.ObjectKey{Name: name}, r)
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("there is no release %s; lotse release list names them", name)
	}
	if err != nil {
		return fmt.Errorf("reading release %s: %w", name, err)
	}
	change(r)
	return cluster.Update(ctx, r, client.FieldOwner(v1alpha1.FieldManager))
}

// cluster that the installation is on: this host's, or another.
func (c Choice) cluster() (config *rest.Config, detach func(), err error) {
	if c.Kubeconfig == "" {
		return host.Attach(c.Data)
	}
	config, _, err = load(c.Kubeconfig)
	return config, func() {}, err
}
