package csr

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	certificatesv1 "k8s.io/api/certificates/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/telemetry"
)

// round of decisions for one cluster.
type round struct {
	*Reconciler
	cluster  *v1alpha1.ManagedCluster
	api      client.Client
	machines map[string]*v1alpha1.Machine
}

// decideAll decides on the requests of the given names, and reports when to look again if some cannot be decided yet, or more are pending. A
// request that fails does not hold back the others.
func (r round) decideAll(ctx context.Context, names []string, more bool) (again time.Duration, err error) {
	var waiting, decided atomic.Int32
	group := errgroup.Group{} // without a context: an error must not end the others
	group.SetLimit(parallel)
	for _, name := range names {
		group.Go(func() error {
			verdict, err := r.decideOne(ctx, name)
			if verdict == Wait {
				waiting.Add(1)
			} else {
				decided.Add(1)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	switch {
	case more && decided.Load() > 0:
		return next, nil
	case more || waiting.Load() > 0:
		return retry, nil
	}
	return 0, nil
}

// decideOne reads the request anew: what is cached of it is little, and may be decided by now.
func (r round) decideOne(ctx context.Context, name string) (Verdict, error) {
	o := &certificatesv1.CertificateSigningRequest{}
	if err := r.api.Get(ctx, client.ObjectKey{Name: name}, o); err != nil {
		return Ignore, client.IgnoreNotFound(err)
	}
	request := Read(o, r.Clock.Now())
	var facts *Machine
	object := r.machines[request.Hostname()]
	if object != nil {
		var err error
		if facts, err = r.facts(ctx, object); err != nil {
			return Ignore, err
		}
		ctx = telemetry.On(ctx, object)
	}
	decision := Decide(request, facts)
	if decision.Verdict == Ignore || decision.Verdict == Wait {
		return decision.Verdict, nil
	}
	if err := r.answer(ctx, r.api, o, decision); err != nil {
		return decision.Verdict, err
	}
	// Customers can create requests without limit, so this is not logged by default.
	ctrl.LoggerFrom(ctx).V(1).Info("certificate request decided", "request", o.Name, "verdict", decision.Verdict, "reason", decision.Reason)
	r.recordEvent(r.cluster, object, o, decision)
	return decision.Verdict, nil
}
