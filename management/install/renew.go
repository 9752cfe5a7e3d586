package install

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/pki"
)

// annotationKeys of a Deployment's Pods is the fingerprint of the Secrets that they read at their start.
const annotationKeys = "lotse.dev/keys"

// readBy are these Secrets, by Deployment.
var readBy = map[string][]string{
	lotseName:    {secretFrontDoor, secretSigning, secretRegistryClient, secretPullTokens},
	registryName: {secretRegistry, secretPullTokens},
}

// Renew does for the certificates of the front door and the registry what Up does, while nobody runs it: it issues those that are due, for the
// names that they have, and lets the Pods that read them start again. It returns the Secrets that it wrote. Lotse itself may not do that: an
// attacker who controls it must not be able to write what others trust. It takes the lock that Up holds only if something is due.
func Renew(ctx context.Context, config *rest.Config, lock Lock, now time.Time) ([]string, error) {
	c, err := connect(config)
	if err != nil {
		return nil, err
	}
	return renew(ctx, c, lock, now)
}

// Lock keeps others from writing what belongs to the installation, until unlock is called.
type Lock func() (unlock func(), err error)

func renew(ctx context.Context, c client.Client, lock Lock, now time.Time) ([]string, error) {
	if r, err := renewalOf(ctx, c, now); err != nil || len(r.secrets)+len(r.readers) == 0 {
		return nil, err
	}
	unlock, err := lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	r, err := renewalOf(ctx, c, now) // who had the lock may have done it
	if err != nil {
		return nil, err
	}
	var written []string
	for _, s := range r.secrets {
		if err := apply.Object(ctx, c, s); err != nil {
			return written, err
		}
		written = append(written, s.Name)
	}
	for _, d := range r.readers {
		if err := restamp(ctx, c, d, r.keys[d.Name]); err != nil {
			return written, err
		}
	}
	return written, nil
}

// renewal is what is due: Secrets to be written, and Deployments whose Pods have read others than these, with the fingerprint of what they are to read.
type renewal struct {
	secrets []*corev1.Secret
	readers []*appsv1.Deployment
	keys    map[string]string
}

func renewalOf(ctx context.Context, c client.Client, now time.Time) (renewal, error) {
	r := renewal{keys: map[string]string{}}
	have, err := present(ctx, c)
	if err != nil || slices.ContainsFunc(secretNames, func(name string) bool { return len(have[name]) == 0 }) {
		return r, err // an Up is yet to make them
	}
	all, err := issuedFor(have)
	if err != nil {
		return r, err
	}
	want, err := keys(have, all, now)
	if err != nil {
		return r, err
	}
	for _, name := range secretNames {
		if !maps.EqualFunc(have[name], want[name], bytes.Equal) {
			r.secrets = append(r.secrets, want.secret(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(readBy)) {
		d := &appsv1.Deployment{}
		err := c.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: name}, d)
		if client.IgnoreNotFound(err) != nil {
			return r, err
		}
		r.keys[name] = want.fingerprint(readBy[name]...)
		if err == nil && d.Spec.Template.Annotations[annotationKeys] != r.keys[name] {
			r.readers = append(r.readers, d)
		}
	}
	return r, nil
}

// issuedFor are the Secrets with certificates, for what those are issued now.
func issuedFor(have contents) ([]tlsSecret, error) {
	all := tlsSecrets(Target{})
	for i := range all {
		leaf, err := pki.LeafOf(have[all[i].name][keyCertificate])
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w; `lotse up` makes it anew", all[i].name, err)
		}
		all[i].leaf = leaf
	}
	return all, nil
}

// restamp lets the Pods of a Deployment start again, which have read other Secrets.
func restamp(ctx context.Context, c client.Client, d *appsv1.Deployment, fingerprint string) error {
	before := d.DeepCopy()
	if d.Spec.Template.Annotations == nil {
		d.Spec.Template.Annotations = map[string]string{}
	}
	d.Spec.Template.Annotations[annotationKeys] = fingerprint
	if err := c.Patch(ctx, d, client.MergeFrom(before), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("deployment %s: %w", d.Name, err)
	}
	return nil
}
