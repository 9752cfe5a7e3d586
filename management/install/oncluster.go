package install

import (
	"cmp"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apply"
	"lotse.dev/images"
	"lotse.dev/management/baseaddons"
)

// nodeVolumes is the directory of volumes on the nodes of a cluster without a storage class. It is in the kubelet's directory, because that is
// on the node's disk even where the node is a Pod, whose other directories are an overlay, on which a machine cannot run containers.
const nodeVolumes = "/var/lib/kubelet/lotse-volumes"

// onCluster installs Lotse on a cluster that exists already.
func onCluster(ctx context.Context, c Choice, catalogue images.Catalogue) (Result, error) {
	config, name, err := load(c.Kubeconfig)
	if err != nil {
		return Result{}, err
	}
	cluster, err := connect(config)
	if err != nil {
		return Result{}, err
	}
	t := Target{Images: references(catalogue, c.ImageRegistry)}
	if t.PublicHost, t.FrontDoorHosts, err = nodes(ctx, cluster, c.Address); err != nil {
		return Result{}, err
	}
	if c.ImageRegistry != "" {
		if err := c.pushImages(ctx, catalogue); err != nil {
			return Result{}, err
		}
	}
	if err := c.Steps.Do("volumes", func() error { return volumes(ctx, cluster, t.Images) }); err != nil {
		return Result{}, err
	}
	i := c.installation(catalogue, t)
	i.cluster, i.credentials = cluster, string(c.Data)+"/"+name
	i.endpoint = func(ctx context.Context) (string, error) { return nodePort(ctx, cluster, t.PublicHost) }
	i.dial = throughAPI(config, cluster)
	endpoint, err := i.run(ctx)
	return Result{endpoint, i.credentialFile()}, err
}

// load reads the kubeconfig and returns the name of its current cluster.
func load(file string) (*rest.Config, string, error) {
	raw, err := clientcmd.LoadFromFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("--kubeconfig: %w", err)
	}
	config, err := clientcmd.NewDefaultClientConfig(*raw, nil).ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("--kubeconfig %s: %w", file, err)
	}
	config.QPS = -1 // the API server's priority and fairness is enough
	current := raw.Contexts[raw.CurrentContext]
	if current == nil || current.Cluster == "" {
		return nil, "", fmt.Errorf("--kubeconfig %s has no current cluster; choose one with kubectl config use-context", file)
	}
	return config, current.Cluster, nil
}

// nodes returns the addresses at which NodePorts of this cluster answer, and the one that customers get: the operator's choice or the first.
func nodes(ctx context.Context, cluster client.Client, address string) (public string, all []string, err error) {
	var list corev1.NodeList
	if err := cluster.List(ctx, &list); err != nil {
		return "", nil, fmt.Errorf("nodes of the cluster: %w", err)
	}
	if address != "" {
		all = append(all, address)
	}
	for _, n := range list.Items {
		for _, a := range n.Status.Addresses {
			if a.Type == corev1.NodeInternalIP || a.Type == corev1.NodeExternalIP {
				all = append(all, a.Address)
			}
		}
	}
	if len(all) == 0 {
		return "", nil, fmt.Errorf("the cluster has no node with an address; add a node, or give an address of the cluster with --address")
	}
	return cmp.Or(address, all[0]), all, nil
}

func nodePort(ctx context.Context, cluster client.Client, host string) (string, error) {
	var s corev1.Service
	if err := cluster.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: lotseName}, &s); err != nil {
		return "", fmt.Errorf("front door: %w", err)
	}
	for _, p := range s.Spec.Ports {
		if p.NodePort != 0 {
			return fmt.Sprintf("https://%s:%d", host, p.NodePort), nil
		}
	}
	return "", fmt.Errorf("front door: Service %s has no node port", lotseName)
}

// volumes installs a default storage class if there is no other.
func volumes(ctx context.Context, cluster client.Client, refs map[string]string) error {
	var classes storagev1.StorageClassList
	if err := cluster.List(ctx, &classes); err != nil {
		return fmt.Errorf("storage classes: %w", err)
	}
	for _, c := range classes.Items {
		if c.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" && c.Name != baseaddons.StorageClass {
			return nil
		}
	}
	return apply.Objects(ctx, cluster, baseaddons.Storage(refs["volumes"], nodeVolumes, storagev1.VolumeBindingWaitForFirstConsumer)...)
}

func (c Choice) pushImages(ctx context.Context, catalogue images.Catalogue) error {
	return c.Steps.DoNamed(func() (string, error) {
		n, err := push(ctx, catalogue, c.Artifacts, c.ImageRegistry, operatorsKeychain())
		return fmt.Sprintf("%s: %d images pushed", c.ImageRegistry, n), err
	}, "images to "+c.ImageRegistry)
}
