// Package seed writes into an empty store at once what every API server creates there first: namespaces of the system, roles and their bindings,
// priority classes and flow control, and the accounts of the controller manager's controllers. Upstream sends these two hundred objects one by one, as
// requests that are nearly half of all that are answered until a cluster is up. The objects come from the same upstream packages as in the hooks, and
// take the same steps as in a request: defaults, managed fields, the strategy's preparation and validation, encoding for the store. The hooks then run as
// ever; they compare and find nothing to do.
package seed

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controlplane"
)

// limit is how long seeding may take. A store that does not answer so long keeps the server from starting anyhow.
const limit = 10 * time.Second

// Store fills the store of a server that is to be made, if it is empty. Nothing depends on it: what a seed that fails has not written, the hooks
// create. It must end before the server's caches begin to watch: objects of one transaction have one resource version, so nobody may see some without the others.
func Store(ctx context.Context, config *controlplane.Config) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	count, err := store(ctx, config)
	switch {
	case err != nil:
		klog.Warningf("The empty store is not seeded, so the hooks create what is missing: %v", err)
	case count > 0:
		klog.Infof("Seeded the empty store with %d objects in %s", count, time.Since(began))
	}
}

func store(ctx context.Context, config *controlplane.Config) (int, error) {
	generic := config.ControlPlane.Generic
	options, err := generic.RESTOptionsGetter.GetRESTOptions(namespaces.resource.GroupResource(), namespaces.sample)
	if err != nil {
		return 0, err
	}
	client, err := connect(ctx, options.StorageConfig.Transport)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	if empty, err := isEmpty(ctx, client, root(options.StorageConfig.Prefix)); err != nil || !empty {
		return 0, err
	}
	encode, err := newEncoder(generic)
	if err != nil {
		return 0, err
	}
	var entries []entry
	for _, object := range objects(config) {
		e, err := encode.object(ctx, object)
		if err != nil {
			return 0, fmt.Errorf("%s %s: %w", object.of.resource.Resource, object.GetName(), err)
		}
		entries = append(entries, e)
	}
	return len(entries), write(ctx, client, entries)
}

// atOnce is how many objects one transaction creates; etcd refuses more than 128 by default.
const atOnce = 100

// write creates all entries. A transaction fails as a whole if somebody else has written one of them meanwhile.
func write(ctx context.Context, client clientv3.KV, entries []entry) error {
	for len(entries) > 0 {
		now := entries[:min(atOnce, len(entries))]
		entries = entries[len(now):]
		var absent []clientv3.Cmp
		var puts []clientv3.Op
		for _, e := range now {
			absent = append(absent, clientv3.Compare(clientv3.ModRevision(e.key), "=", 0))
			puts = append(puts, clientv3.OpPut(e.key, string(e.value)))
		}
		result, err := client.Txn(ctx).If(absent...).Then(puts...).Commit()
		if err != nil {
			return err
		}
		if !result.Succeeded {
			return fmt.Errorf("another server fills the store too")
		}
	}
	return nil
}
