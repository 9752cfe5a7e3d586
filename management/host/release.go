package host

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/client-go/rest"
)

// Attach connects to the management cluster that runs on this host, and starts nothing. It holds the data directory's lock until unlock is called.
func Attach(d Data) (cluster *rest.Config, unlock func(), err error) {
	running, err := Agent(d)
	if err != nil {
		return nil, nil, err
	}
	if running == 0 {
		return nil, nil, fmt.Errorf("Lotse does not run on this host from %s; start it with lotse up", d)
	}
	if unlock, err = Lock(d); err != nil {
		return nil, nil, err
	}
	if cluster, err = operatorConfig(d); err != nil {
		unlock()
		return nil, nil, err
	}
	return cluster, unlock, nil
}

// ImportRelease imports what the control planes and machines of one release run.
func ImportRelease(ctx context.Context, o Options) error {
	return o.importStep(ctx, "images of Kubernetes "+o.Catalogue.KubernetesVersion, slices.Concat(first, third))
}
