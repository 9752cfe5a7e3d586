package main

import (
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"lotse.dev/api/v1alpha1"
)

// Times of the Lease by which one of several replicas runs the controllers. Renewing it is most of what Lotse writes while nothing happens. It is
// given back at the end and taken again by a container that is restarted, so only a replica whose host died leaves others waiting.
const (
	leaseDuration = 45 * time.Second
	renewDeadline = 30 * time.Second
	renewPeriod   = 10 * time.Second
)

// shutdownTimeout of requests and reconciles. It ends before the Pod's grace period, so that the Lease is given back.
const shutdownTimeout = 12 * time.Second

// leadership is the Lease, held by this Pod's name and not by this process: the kubelet never runs a container of one Pod twice, so a restarted one may
// go on with the Lease of the one before.
func leadership(config *rest.Config) (resourcelock.Interface, error) {
	pod, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("the name to lead by: %w", err)
	}
	return resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, v1alpha1.SystemNamespace, "lotse",
		resourcelock.ResourceLockConfig{Identity: pod}, config, renewDeadline)
}
