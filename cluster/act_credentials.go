package cluster

import (
	"bytes"
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/controlplane/pki"
)

// credentials makes the roots once and keeps every component's Secret as it must be.
func (p *pass) credentials(ctx context.Context) error {
	roots, err := p.roots(ctx)
	if err != nil {
		return err
	}
	secrets := &corev1.SecretList{}
	if err := p.List(ctx, secrets, client.InNamespace(p.placement().Namespace())); err != nil {
		return fmt.Errorf("listing the control plane's Secrets: %w", err)
	}
	held, byName := credentials.Contents{}, map[string]*corev1.Secret{}
	for i := range secrets.Items {
		s := &secrets.Items[i]
		held[s.Name], byName[s.Name] = s.Data, s
	}
	c := credentials.Cluster{
		Place: p.placement(), Name: p.cluster.Spec.Name, ResourceGroup: p.cluster.Spec.ResourceGroup,
		Network: p.cluster.Spec.Network, Endpoint: p.cluster.Status.Endpoint, EtcdAddress: p.etcdAddress,
	}
	contents, issued, err := credentials.Secrets(c, roots, held, p.Real.Now())
	if err != nil {
		return err
	}
	for _, i := range issued {
		log.FromContext(ctx).Info("Issued a certificate", "secret", i.Secret, "key", i.Key, "reason", i.Reason)
	}
	p.contents = contents
	for name, data := range contents {
		if err := p.writeSecret(ctx, byName[name], name, data); err != nil {
			return err
		}
	}
	return nil
}

// roots are stored before anything is made from them. Creation, and not apply, is what keeps two passes from each having their own.
func (p *pass) roots(ctx context.Context) (pki.Roots, error) {
	have := &corev1.Secret{}
	err := p.Get(ctx, client.ObjectKey{Namespace: p.placement().Namespace(), Name: pki.SecretName}, have)
	if apierrors.IsNotFound(err) {
		have = nil
	} else if err != nil {
		return pki.Roots{}, fmt.Errorf("reading the cluster's authorities: %w", err)
	}
	var held map[string][]byte
	if have != nil {
		held = have.Data
	}
	data, err := pki.Complete(held, p.Real.Now())
	if err != nil {
		return pki.Roots{}, err
	}
	if err := p.writeSecret(ctx, have, pki.SecretName, data); err != nil {
		return pki.Roots{}, err
	}
	return pki.Parse(data)
}

// writeSecret creates a Secret, or updates the one that was read. If the cache was behind, the write is refused and nothing is lost.
func (p *pass) writeSecret(ctx context.Context, have *corev1.Secret, name string, data map[string][]byte) error {
	owner := client.FieldOwner(v1alpha1.FieldManager)
	if have == nil {
		if err := p.Create(ctx, p.placement().Secret(name, data), owner); err != nil {
			return fmt.Errorf("creating secret %s: %w", name, err)
		}
		return nil
	}
	if maps.EqualFunc(have.Data, data, bytes.Equal) {
		return nil
	}
	changed := have.DeepCopy()
	changed.Data = data
	if err := p.Update(ctx, changed, owner); err != nil {
		return fmt.Errorf("updating secret %s: %w", name, err)
	}
	return nil
}
