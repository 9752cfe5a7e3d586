package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
)

// announcement is a server's entry in a Lease that all agents of the cluster watch: as holder the ID of the newest server, which begins with
// its address. It is written once, when a server starts, and never renewed, so it costs nothing while nothing changes.
type announcement struct {
	kube            kubernetes.Interface
	namespace, name string
	id              string
}

// serverID is the ID of a server that agents reach at an address. unique is another one in each process.
func serverID(address, unique string) string { return address + "/" + unique }

// addressOf is the address in a server's ID; "" if it has none.
func addressOf(id string) string {
	address, _, found := strings.Cut(id, "/")
	if !found {
		return ""
	}
	return address
}

// retries of an announcement. The first one succeeds where another API server serves already. Where this one is the first there are no agents
// yet, and rights and Lease come some seconds later, with the add-ons.
var retries = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.1, Steps: 20, Cap: 30 * time.Second}

// publish the announcement, however long it takes.
func (a announcement) publish(ctx context.Context) {
	err := retries.DelayFunc().Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err := a.write(ctx)
		if err != nil {
			klog.V(1).InfoS("not announced yet", "lease", klog.KRef(a.namespace, a.name), "err", err)
		}
		return err == nil, nil
	})
	if err == nil {
		klog.InfoS("announced to the agents", "serverID", a.id)
	}
}

func (a announcement) write(ctx context.Context) error {
	patch, err := json.Marshal(map[string]any{"spec": coordinationv1.LeaseSpec{
		HolderIdentity: &a.id, RenewTime: ptr.To(metav1.NowMicro()),
	}})
	if err != nil {
		return err
	}
	if _, err := a.kube.CoordinationV1().Leases(a.namespace).Patch(ctx, a.name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("announcing this server in Lease %s/%s: %w", a.namespace, a.name, err)
	}
	return nil
}
