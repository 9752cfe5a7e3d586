package cluster

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apply"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/controlplane/access"
)

// probeTimeout of an API server that was just started.
const probeTimeout = time.Second

// applyAddons to the hosted cluster. That it does not answer yet is no error.
func (r *Reconciler) applyAddons(ctx context.Context, f *facts, s plan.ApplyAddons) error {
	known := &f.provision.Addons
	hosted, err := r.Access.For(ctx, f.cluster)
	if errors.Is(err, access.ErrNotReady) {
		known.NoCredential = true
		return nil
	}
	if err != nil {
		return err
	}
	ensure, objects := apply.Ensure, s.Objects
	if s.New {
		ensure = apply.EnsureNew
	}
	if s.Probe {
		if !answers(ctx, hosted, ensure, objects[0]) {
			known.NoAnswer = true
			return nil
		}
		objects = objects[1:]
	}
	for _, o := range objects {
		if err := ensure(ctx, hosted, o); err != nil {
			return err
		}
	}
	*known = provision.Addons{Hash: s.Hash, At: r.Real.Now()}
	r.keepAddons(f.cluster.UID, *known)
	return nil
}

// answers reports whether an API server takes its first object.
func answers(ctx context.Context, hosted client.Client, ensure func(context.Context, client.Client, client.Object) error, first client.Object) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return ensure(ctx, hosted, first) == nil
}

func (r *Reconciler) appliedAddons(uid types.UID) provision.Addons {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addons[uid]
}

func (r *Reconciler) keepAddons(uid types.UID, a provision.Addons) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.addons == nil {
		r.addons = map[types.UID]provision.Addons{}
	}
	r.addons[uid] = a
}

func (r *Reconciler) forgetAddons(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.addons, uid)
}
