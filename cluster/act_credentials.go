package cluster

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/rotation"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

// writeAuthorities stores the roots before anything is made from them. A Secret that another process created since is a conflict, so that
// two never work with different roots.
func (r *Reconciler) writeAuthorities(ctx context.Context, f *facts) error {
	data, err := pki.Complete(f.provision.Contents()[v1alpha1.SecretPKI], r.Real.Now())
	if err != nil {
		return err
	}
	if _, err := pki.Parse(data); err != nil {
		return err
	}
	return r.writeSecret(ctx, f, v1alpha1.SecretPKI, data)
}

// rotateAuthorities writes the next state of the authorities. Nothing is made from them before they are stored.
func (r *Reconciler) rotateAuthorities(ctx context.Context, f *facts, s plan.RotateAuthorities) error {
	data, err := rotated(f.provision.Contents()[v1alpha1.SecretPKI], s, r.Real.Now())
	if err != nil {
		return err
	}
	if _, err := pki.Parse(data); err != nil {
		return err
	}
	log.FromContext(ctx).Info("The cluster's authorities change", "step", s.Step, "rotation", s.Number)
	return r.writeSecret(ctx, f, v1alpha1.SecretPKI, data)
}

func rotated(data map[string][]byte, s plan.RotateAuthorities, now time.Time) (map[string][]byte, error) {
	switch {
	case s.Step == rotation.End:
		return pki.EndRotation(data), nil
	case s.KeyOnly:
		return pki.BeginKeyRotation(data, s.Number)
	}
	return pki.BeginRotation(data, s.Number, now)
}

// writeCredentials issues what is due and writes every component's Secret.
func (r *Reconciler) writeCredentials(ctx context.Context, f *facts, s plan.WriteCredentials) error {
	held := f.provision.Contents()
	roots, err := pki.Parse(held[v1alpha1.SecretPKI])
	if err != nil {
		return err
	}
	contents, issued, err := credentials.Secrets(s.For, roots, held, r.Real.Now())
	if err != nil {
		return err
	}
	for _, i := range issued {
		log.FromContext(ctx).Info("Issued a certificate", "secret", i.Secret, "key", i.Key, "reason", i.Reason)
	}
	for name, data := range contents {
		if err := r.writeSecret(ctx, f, name, data); err != nil {
			return err
		}
	}
	return nil
}

// writeSecret creates a Secret, or updates the one that was read. If that is not the newest, the write is refused as a conflict.
func (r *Reconciler) writeSecret(ctx context.Context, f *facts, name string, data map[string][]byte) error {
	have := f.provision.Secrets[name]
	if have == nil {
		ref := controlplane.Ref{Cluster: f.cluster.Name, Subscription: f.cluster.Spec.SubscriptionID}
		secret := ref.Secret(name, data)
		if err := r.Create(ctx, secret, owner); err != nil {
			return fmt.Errorf("creating secret %s: %w", name, err)
		}
		f.provision.Secrets[name] = secret
		return nil
	}
	if !f.cluster.Owns(have) {
		return fmt.Errorf("secret %s/%s exists and belongs to something else; remove it", have.Namespace, name)
	}
	if maps.EqualFunc(have.Data, data, bytes.Equal) {
		return nil
	}
	changed := have.DeepCopy()
	changed.Data = data
	if err := r.Update(ctx, changed, owner); err != nil {
		return fmt.Errorf("updating secret %s: %w", name, err)
	}
	f.provision.Secrets[name] = changed
	return nil
}
