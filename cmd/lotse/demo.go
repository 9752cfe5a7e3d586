package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/client"
	"lotse.dev/images"
)

// demoName is the group, the cluster and the workload of the demonstration.
const demoName = "demo"

func newDemoCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "Create the cluster \"demo\", run a web page on it, and show how to use it", Args: cobra.NoArgs,
		Long: "Create the group and the cluster \"demo\" through the front door, run a small web page on it and fetch it, then print how to go on.\n" +
			"Resources that exist already are used as they are.",
	}
	artifacts := cmd.Flags().String("artifacts", defaultArtifacts(), "directory of the built programs and images")
	timeout := cmd.Flags().Duration("timeout", 15*time.Minute, "how long to wait for each step")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		d := &demo{client: c, credentials: s.credentials, artifacts: *artifacts, timeout: *timeout, out: cmd.ErrOrStderr(), started: time.Now()}
		if err := d.run(cmd.Context()); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		return d.explain(cmd.OutOrStdout())
	}
	return cmd
}

// defaultArtifacts is the directory above this program's: out, for out/bin/lotse.
func defaultArtifacts() string {
	self, err := os.Executable()
	if err != nil {
		return "out"
	}
	return filepath.Dir(filepath.Dir(self))
}

// demo is one run of the demonstration. Every step changes only what is missing, so a second run takes no time.
type demo struct {
	client                 *client.Client
	credentials, artifacts string
	timeout                time.Duration
	out                    io.Writer
	started                time.Time
	kubeconfig             string
}

func (d *demo) run(ctx context.Context) error {
	if err := d.group(ctx); err != nil {
		return err
	}
	if err := d.cluster(ctx); err != nil {
		return err
	}
	kube, err := d.connect(ctx)
	if err != nil {
		return err
	}
	if err := d.nodes(ctx, kube); err != nil {
		return err
	}
	catalogue, err := images.ReadCatalogue(filepath.Join(d.artifacts, "images"))
	if err != nil {
		return err
	}
	busybox, err := catalogue.Image("busybox")
	if err != nil {
		return err
	}
	return d.page(ctx, kube, busybox.Ref)
}

func (d *demo) group(ctx context.Context) error {
	path := d.client.GroupPath(demoName)
	_, err := d.client.Get(ctx, path)
	if client.IsNotFound(err) {
		_, err = d.client.Put(ctx, path, map[string]any{"location": d.client.Credential.Location})
	}
	if err == nil {
		d.log("group %s: exists", demoName)
	}
	return err
}

func (d *demo) cluster(ctx context.Context) error {
	path := d.client.ClusterPath(demoName, demoName)
	document, err := d.client.Get(ctx, path)
	switch {
	case client.IsNotFound(err):
		return d.create(ctx)
	case err != nil:
		return err
	}
	return d.reuse(ctx, path, document)
}

// reuse a cluster that exists, after its operation has ended. A failed one is written again: that repeats its operation.
func (d *demo) reuse(ctx context.Context, path string, document json.RawMessage) error {
	cluster, err := client.View[client.Cluster](document)
	if err != nil {
		return err
	}
	switch state := cluster.Properties.ProvisioningState; state {
	case "Succeeded":
		d.log("cluster %s: exists", demoName)
		return nil
	case "Failed", "Canceled":
		return d.create(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	_, err = waitForCluster(ctx, d.client, path, false, newProgress(d.out, "cluster "+demoName))
	return err
}

func (d *demo) create(ctx context.Context) error {
	none := func(string) bool { return false }
	want := newCluster{pool: newPool{name: "nodepool1", count: 1}}
	operation, err := want.write(ctx, d.client, &scope{group: demoName, name: demoName}, none)
	if err != nil {
		return err
	}
	if err := follow(ctx, d.out, "creating cluster "+demoName, operation, d.timeout); err != nil {
		return err
	}
	d.log("cluster %s: created", demoName)
	return nil
}

// connect writes the kubeconfig beside the credential, where lotse purge removes it. Other clusters' entries in it stay: a user who follows
// the demonstration has the file in $KUBECONFIG and adds clusters to it.
func (d *demo) connect(ctx context.Context) (kubernetes.Interface, error) {
	content, err := d.client.Kubeconfig(ctx, demoName, demoName, false)
	if err != nil {
		return nil, err
	}
	d.kubeconfig = filepath.Join(cmp.Or(filepath.Dir(d.credentials), "."), demoName+".kubeconfig")
	added, err := clientcmd.Load(content)
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig of cluster %s: %w", demoName, err)
	}
	if _, err := mergeKubeconfig(userKubeconfig(d.kubeconfig), added, true); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig of cluster %s: %w", demoName, err)
	}
	d.log("kubeconfig: %s", d.kubeconfig)
	return kubernetes.NewForConfig(config)
}

func (d *demo) log(text string, values ...any) {
	fmt.Fprintf(d.out, "%6s  %s\n", time.Since(d.started).Round(100*time.Millisecond), fmt.Sprintf(text, values...))
}

func (d *demo) explain(w io.Writer) error {
	_, err := fmt.Fprintf(w, `
The cluster "demo" runs a web page. How to go on:

  kubectl   export KUBECONFIG=%[1]s
            kubectl get nodes
            kubectl port-forward service/%[2]s 8080:80     # then open http://127.0.0.1:8080

  lotse     lotse status
            lotse cluster create -g demo -n second --node-count 2
            lotse cluster credentials -g demo -n second
            lotse image push image.tar web:1

  API       %[3]s, which az and the Azure SDKs speak:
            eval "$(lotse env)"
            az aks list -o table
`, d.kubeconfig, demoName, d.client.Credential.Endpoint)
	return err
}
