package containerservice

import (
	"context"
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// stopCluster asks for the cluster to be stopped. What would keep it from coming back is looked for by its controller, and fails the operation.
func (p *Provider) stopCluster(w http.ResponseWriter, r *route.Request) error {
	return p.power(w, r, v1alpha1.Stopped)
}

// startCluster asks for the cluster to run, if there is capacity for it.
func (p *Provider) startCluster(w http.ResponseWriter, r *route.Request) error {
	return p.power(w, r, v1alpha1.Running)
}

// power reads the present state, decides whether the cluster may go to another power state, and writes that.
func (p *Provider) power(w http.ResponseWriter, r *route.Request, to v1alpha1.PowerState) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, present.ETag()); err != nil {
		return err
	}
	if err := p.admitPower(r.Context(), present, to); err != nil {
		return err
	}
	if err := p.storeCluster(r, present, powered(present, to), v1alpha1.PowerVerb(to)); err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), operation.Of(state.ClusterKind, present.Object))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// admitPower decides whether a cluster may go to another power state: by a request, or by its schedule.
func (p *Provider) admitPower(ctx context.Context, present state.Cluster, to v1alpha1.PowerState) error {
	if err := concurrency.Idle(present.Family(), p.real.Now()); err != nil {
		return err
	}
	if err := admission.Power(present, to); err != nil || to != v1alpha1.Running {
		return err
	}
	return p.admitWake(ctx, present)
}

// powered is the cluster's spec with another power state. It names no pools, so that those stay as they are, except where the last write of
// the cluster is yet to be applied to them. It always differs from the present one: what failed before is tried again.
func powered(present state.Cluster, to v1alpha1.PowerState) v1alpha1.ManagedClusterSpec {
	spec := *present.Object.Spec.DeepCopy()
	spec.PoolProfiles = present.Pending()
	if to == spec.PowerState || to == v1alpha1.Running && spec.PowerState == "" {
		spec.Attempt++
	}
	spec.PowerState = ""
	if to == v1alpha1.Stopped {
		spec.PowerState = v1alpha1.Stopped
	}
	return spec
}

// idle checks the request's conditions against the etag, and that no operation of the cluster or of a pool is in progress.
func (p *Provider) idle(r *route.Request, present state.Cluster, tag string) error {
	if err := etag.Check(r.Header, tag); err != nil || !present.Exists() {
		return err
	}
	return concurrency.Idle(present.Family(), p.real.Now())
}
