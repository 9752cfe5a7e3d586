// Command volumes makes directories on its node's disk into persistent volumes, and erases them with their volumes. One runs on every
// node and serves only that node's volumes; it makes and erases directories itself, so a volume is there in milliseconds. A volume's size
// is not enforced: a volume can grow until the disk is full.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Provisioner is the name by which storage classes choose this one.
const Provisioner = "lotse.dev/directory"

func main() {
	dir := flag.String("dir", "", "directory of the node that holds the volumes, at the same path here")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, os.Getenv("NODE_NAME")); err != nil {
		klog.ErrorS(err, "volumes stops")
		klog.Flush()
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, node string) error {
	if dir == "" || node == "" {
		return errors.New("--dir and the environment's NODE_NAME say which directory of which node holds the volumes; set both")
	}
	disk, err := openDisk(dir, node)
	if err != nil {
		return err
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("no cluster to make volumes for: %w", err)
	}
	config.QPS = -1 // the API server's own fairness is enough
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	controller.NewProvisionController(ctx, client, Provisioner, disk,
		controller.LeaderElection(false), // each serves its own node
		controller.FailedProvisionThreshold(0),
		controller.FailedDeleteThreshold(0), // a full or sick disk may recover
	).Run(ctx)
	return nil
}
