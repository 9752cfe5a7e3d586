package install

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"

	"golang.org/x/sync/errgroup"
	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apply"
	"lotse.dev/images"
	"lotse.dev/management/baseaddons"
	"lotse.dev/management/host"
	"lotse.dev/management/preflight"
)

// onHost starts the management cluster of this host and installs Lotse on it.
func onHost(ctx context.Context, c Choice, catalogue images.Catalogue) (Result, error) {
	o := host.Options{
		Data: c.Data, Artifacts: c.Artifacts, Catalogue: catalogue, Address: c.Address, Listen: c.Listen, Steps: c.Steps, Clock: c.Clock,
	}
	config, unlock, err := host.Up(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	i, err := c.hostInstallation(catalogue)
	if err != nil {
		return Result{}, err
	}
	if i.cluster, err = connect(config); err != nil {
		return Result{}, err
	}
	if err := c.Steps.Do("DNS and volumes", func() error { return baseAddOns(ctx, i.cluster, c.Data, i.target.Images) }); err != nil {
		return Result{}, err
	}
	// Only hosted clusters need the images of machines: they are imported while Lotse starts.
	var endpoint string
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return host.ImportMachineImages(ctx, o) })
	both.Go(func() (err error) {
		endpoint, err = i.run(ctx)
		return err
	})
	if err := both.Wait(); err != nil {
		return Result{}, err
	}
	return Result{endpoint, i.credentialFile()}, nil
}

func (c Choice) hostInstallation(catalogue images.Catalogue) (*installation, error) {
	t := Target{
		Own: true, Listen: c.Listen, PublicHost: cmp.Or(c.Address, host.Address), RegistryIP: host.RegistryIP,
		MachineRuntime: c.machineRuntime(), MachineProfile: host.SeccompProfile,
		Images: references(catalogue, ""),
	}
	listen, port, err := t.listen()
	if err != nil {
		return nil, err
	}
	for _, h := range []string{c.Address, listen} {
		if h != "" && h != "127.0.0.1" {
			t.FrontDoorHosts = append(t.FrontDoorHosts, h)
		}
	}
	if listen == "" && c.Address != "" { // the administrator is on this host, others are not
		t.PublicURL = "https://" + net.JoinHostPort(c.Address, fmt.Sprint(port))
	}
	i := c.installation(catalogue, t)
	i.endpoint = func(context.Context) (string, error) {
		return fmt.Sprintf("https://%s", net.JoinHostPort(cmp.Or(listen, "127.0.0.1"), fmt.Sprint(port))), nil
	}
	i.dial = hostRegistry
	i.trust = func(ca []byte) error { return host.TrustRegistry(c.Data, ca) }
	return i, nil
}

// machineRuntime is the RuntimeClass of machines, or empty where the host has no user namespaces for them. The operator learns what that costs.
func (c Choice) machineRuntime() string {
	if err := preflight.UserNamespaces(string(c.Data)); err != nil {
		c.Steps.Print("! machines share this host's user namespace: %s", err)
		c.Steps.Print("  a customer who may run privileged Pods can become root on this host: docs/security.md")
		return ""
	}
	return host.MachineRuntime
}

// baseAddOns applies the base add-ons of the host's cluster.
func baseAddOns(ctx context.Context, cluster client.Client, d host.Data, refs map[string]string) error {
	// The enforcer's roles are applied first: no Pod reaches anything until it has listed the cluster.
	objects := append(baseaddons.Isolation(), baseaddons.KubeletAPI(), baseaddons.MachineRuntime(host.MachineRuntime))
	objects = append(objects, baseaddons.DNS(refs["coredns"], host.ClusterDNS)...)
	// There is only one node, so volumes are bound without waiting for the scheduler.
	volumes := baseaddons.Storage(refs["volumes"], d.Volumes(), storagev1.VolumeBindingImmediate)
	return apply.Objects(ctx, cluster, slices.Concat(objects, baseaddons.NodeVolumes(), volumes)...)
}
