package install

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
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
// attacker who controls it must not be able to write what others trust.
func Renew(ctx context.Context, config *rest.Config, now time.Time) ([]string, error) {
	c, err := connect(config)
	if err != nil {
		return nil, err
	}
	return renew(ctx, c, now)
}

func renew(ctx context.Context, c client.Client, now time.Time) ([]string, error) {
	have, err := present(ctx, c)
	if err != nil || slices.ContainsFunc(secretNames, func(name string) bool { return len(have[name]) == 0 }) {
		return nil, err // an Up is yet to make them
	}
	all, err := issuedFor(have)
	if err != nil {
		return nil, err
	}
	want, err := keys(have, all, now)
	if err != nil {
		return nil, err
	}
	var written []string
	for _, name := range secretNames {
		if maps.EqualFunc(have[name], want[name], bytes.Equal) {
			continue
		}
		if err := apply.Object(ctx, c, want.secret(name)); err != nil {
			return written, err
		}
		written = append(written, name)
	}
	for _, name := range slices.Sorted(maps.Keys(readBy)) {
		if err := restamp(ctx, c, name, want.fingerprint(readBy[name]...)); err != nil {
			return written, err
		}
	}
	return written, nil
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

// restamp lets the Pods of a Deployment start again if they have read other Secrets.
func restamp(ctx context.Context, c client.Client, name, fingerprint string) error {
	d := &appsv1.Deployment{}
	err := c.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: name}, d)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	if d.Spec.Template.Annotations[annotationKeys] == fingerprint {
		return nil
	}
	before := d.DeepCopy()
	if d.Spec.Template.Annotations == nil {
		d.Spec.Template.Annotations = map[string]string{}
	}
	d.Spec.Template.Annotations[annotationKeys] = fingerprint
	if err := c.Patch(ctx, d, client.MergeFrom(before), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("deployment %s: %w", name, err)
	}
	return nil
}
