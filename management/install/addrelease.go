package install

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/images"
	"lotse.dev/management/host"
)

// AddRelease makes a further minor of Kubernetes, whose images were built, available on an installation that is up. It returns the release's name and
// can be repeated: it does only what is missing.
func AddRelease(ctx context.Context, c Choice, minor string) (string, error) {
	built, err := images.ReadCatalogue(c.Artifacts + "/images")
	if err != nil {
		return "", err
	}
	catalogue, err := built.Release(minor)
	if err != nil {
		return "", err
	}
	r, err := c.publish(ctx, catalogue, func(i *installation) (*v1alpha1.Release, error) { return release(catalogue, i.target.Images) })
	if err != nil {
		return "", err
	}
	return r.Name, nil
}

// publish the images of a catalogue on an installation that is up. The release that they make is written last, so that no cluster is created from images that are
// not there.
func (c Choice) publish(ctx context.Context, catalogue images.Catalogue, make func(*installation) (*v1alpha1.Release, error)) (*v1alpha1.Release, error) {
	attach := c.attachHost
	if c.Kubeconfig != "" {
		attach = c.attachCluster
	}
	i, detach, err := attach(ctx, catalogue)
	if err != nil {
		return nil, err
	}
	defer detach()
	client, err := secretData(ctx, i.cluster, secretRegistryClient)
	if err != nil {
		return nil, err
	}
	if len(client) == 0 {
		return nil, errors.New("Lotse is not installed on this cluster; install it with lotse up")
	}
	r, err := make(i)
	if err != nil {
		return nil, err
	}
	if err := i.fillRegistry(ctx, contents{secretRegistryClient: client}); err != nil {
		return nil, err
	}
	return r, c.Steps.Do("release "+r.Name, func() error { return apply.Objects(ctx, i.cluster, r) })
}

// attachHost connects to the installation of this host, whose containerd gets the images of control planes and machines.
func (c Choice) attachHost(ctx context.Context, catalogue images.Catalogue) (*installation, func(), error) {
	config, unlock, err := host.Attach(c.Data)
	if err != nil {
		return nil, nil, err
	}
	o := host.Options{Data: c.Data, Artifacts: c.Artifacts, Catalogue: catalogue, Steps: c.Steps, Clock: c.Clock}
	i := c.installation(catalogue, Target{Own: true, Images: references(catalogue, "")})
	i.dial = hostRegistry
	if i.cluster, err = connect(config); err == nil {
		err = host.ImportRelease(ctx, o)
	}
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return i, unlock, nil
}

// attachCluster connects to an installation on another cluster, whose nodes pull from the operator's registry.
func (c Choice) attachCluster(ctx context.Context, catalogue images.Catalogue) (*installation, func(), error) {
	config, _, err := load(c.Kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	cluster, err := connect(config)
	if err != nil {
		return nil, nil, err
	}
	d := &appsv1.Deployment{}
	if err := cluster.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: lotseName}, d); err != nil {
		return nil, nil, fmt.Errorf("Lotse is not installed on this cluster; install it with lotse up: %w", err)
	}
	c.ImageRegistry = cmp.Or(c.ImageRegistry, operatorsRegistry(d.Spec.Template.Spec.Containers[0].Image))
	i := c.installation(catalogue, Target{Images: references(catalogue, c.ImageRegistry)})
	i.cluster = cluster
	i.dial = throughAPI(config, i.cluster)
	if c.ImageRegistry != "" {
		err = c.pushImages(ctx, catalogue)
	}
	return i, func() {}, err
}

// operatorsRegistry is where an installation pulls from, by the image that Lotse itself runs; "" if its images were put on the nodes. A release from anywhere
// else would be one that nodes cannot pull.
func operatorsRegistry(image string) string {
	registry, _, _ := strings.Cut(image, "/lotse/lotse:")
	if registry == images.Registry {
		return ""
	}
	return registry
}

// hostRegistry connects to the registry's read-write port on this host.
func hostRegistry(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("%s:%d", host.RegistryIP, registryWritePort))
}
