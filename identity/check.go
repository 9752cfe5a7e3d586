package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// concurrentChecks bounds the memory and the processors that a flood of log-ins can take.
const concurrentChecks = 2

// Candidate is the principal of a name before its secret was checked; none if the name is unknown.
type Candidate struct{ principal *v1alpha1.Principal }

// Principal is the candidate's ID; empty for none.
func (c Candidate) Principal() string {
	if c.principal == nil {
		return ""
	}
	return c.principal.Name
}

// FindApplication finds a service principal or a managed identity by its ID. An unknown name is no error, but a Candidate without a principal.
func (d *Directory) FindApplication(ctx context.Context, id string) (Candidate, error) {
	p, err := find(ctx, d.reader, id)
	if errors.Is(err, ErrUnknown) || err == nil && p.Spec.Type == User {
		return Candidate{}, nil
	}
	return Candidate{&p}, err
}

// FindUser finds a user by name, as FindApplication does.
func (d *Directory) FindUser(ctx context.Context, userName string) (Candidate, error) {
	var list v1alpha1.PrincipalList
	if err := d.reader.List(ctx, &list); err != nil {
		return Candidate{}, err
	}
	for i, p := range list.Items {
		if p.Spec.Type == User && userName != "" && strings.EqualFold(p.Spec.UserName, userName) {
			return Candidate{&list.Items[i]}, nil
		}
	}
	return Candidate{}, nil
}

// FindAnyone finds an application by its ID or a user by name, as FindApplication does. An ID has no @, and a user's name has one.
func (d *Directory) FindAnyone(ctx context.Context, name string) (Candidate, error) {
	if strings.Contains(name, "@") {
		return d.FindUser(ctx, name)
	}
	return d.FindApplication(ctx, name)
}

// Check the secret of a candidate: ErrUnknown if there is none, it is disabled or the secret is wrong. It takes the same time for every
// candidate: as many hashes are computed as the principal with the most secrets has.
func (d *Directory) Check(ctx context.Context, c Candidate, secret string) (Identity, error) {
	p := v1alpha1.Principal{Spec: v1alpha1.PrincipalSpec{SecretName: "principal-none", Disabled: true}}
	if c.principal != nil {
		p = *c.principal
	}
	hashes, err := d.hashes(ctx, p)
	if err != nil {
		return Identity{}, err
	}
	most, err := d.mostSecrets(ctx)
	if err != nil {
		return Identity{}, err
	}
	select {
	case d.checks <- struct{}{}:
		defer func() { <-d.checks }()
	case <-ctx.Done():
		return Identity{}, ctx.Err()
	}
	right := d.verifyAll(hashes, secret)
	for range most - len(hashes) {
		_ = d.verify(d.noHash, secret) // for the time it takes
	}
	if right == "" || p.Spec.Disabled {
		return Identity{}, ErrUnknown
	}
	who := Of(p)
	who.Secret = right
	return who, nil
}

// verifyAll computes all hashes, also after the right one, and returns the ID of that one.
func (d *Directory) verifyAll(hashes map[string]string, secret string) (right string) {
	for id, hash := range hashes {
		if d.verify(hash, secret) {
			right = id
		}
	}
	return right
}

// hashes of the principal's valid secrets by their ID.
func (d *Directory) hashes(ctx context.Context, p v1alpha1.Principal) (map[string]string, error) {
	var s corev1.Secret
	err := d.reader.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: p.Spec.SecretName}, &s)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("secrets of principal %s: %w", p.Name, err)
	}
	all := map[string]string{}
	for _, known := range p.Spec.Secrets {
		if hash := s.Data[known.ID]; len(hash) > 0 && !Expired(known, d.clock.Now()) {
			all[known.ID] = string(hash)
		}
	}
	return all, nil
}

// mostSecrets that one principal has, at least 1. The cache may lag: it is about time only.
func (d *Directory) mostSecrets(ctx context.Context) (int, error) {
	var list v1alpha1.PrincipalList
	if err := d.cached.List(ctx, &list); err != nil {
		return 0, fmt.Errorf("principals: %w", err)
	}
	most := 1
	for _, p := range list.Items {
		most = max(most, len(p.Spec.Secrets))
	}
	return most, nil
}
