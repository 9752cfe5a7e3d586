package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// ErrUnknown says that there is no such principal or that the secret is wrong. It does not say which, and takes the same time for both.
var ErrUnknown = errors.New("the name or the secret is wrong")

// Directory finds principals and checks their secrets.
type Directory struct {
	reader client.Reader
	checks chan struct{}
	nobody string
}

// concurrentChecks bounds the memory and the processors that a flood of log-ins can take.
const concurrentChecks = 2

// NewDirectory reads principals with reader, which must not lag: a deleted principal is gone at once.
func NewDirectory(reader client.Reader) (*Directory, error) {
	nobody, err := HashSecret("nobody's secret")
	if err != nil {
		return nil, err
	}
	return &Directory{reader: reader, checks: make(chan struct{}, concurrentChecks), nobody: nobody}, nil
}

// Principal by name (GUID), or ErrUnknown.
func (d *Directory) Principal(ctx context.Context, name string) (Identity, error) {
	p, err := d.principal(ctx, name)
	return Of(p), err
}

func (d *Directory) principal(ctx context.Context, name string) (v1alpha1.Principal, error) {
	var p v1alpha1.Principal
	name = strings.ToLower(name)
	if !guidLike(name) {
		return p, ErrUnknown
	}
	err := d.reader.Get(ctx, client.ObjectKey{Name: name}, &p)
	if apierrors.IsNotFound(err) {
		return p, ErrUnknown
	}
	return p, err
}

// guidLike keeps what is no object name out of the management cluster's API.
func guidLike(name string) bool {
	keep := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return len(name) > 0 && len(name) <= 63 && !strings.ContainsFunc(name, keep)
}

// Application logs a service principal in by its secret.
func (d *Directory) Application(ctx context.Context, appID, secret string) (Identity, error) {
	p, err := d.principal(ctx, appID)
	if err == nil && p.Spec.Type != ServicePrincipal {
		err = ErrUnknown
	}
	return d.check(ctx, p, err, secret)
}

// User logs a user in by name and password.
func (d *Directory) User(ctx context.Context, userName, password string) (Identity, error) {
	p, err := d.user(ctx, userName)
	return d.check(ctx, p, err, password)
}

func (d *Directory) user(ctx context.Context, userName string) (v1alpha1.Principal, error) {
	var list v1alpha1.PrincipalList
	if err := d.reader.List(ctx, &list); err != nil {
		return v1alpha1.Principal{}, err
	}
	for _, p := range list.Items {
		if p.Spec.Type == User && userName != "" && strings.EqualFold(p.Spec.UserName, userName) {
			return p, nil
		}
	}
	return v1alpha1.Principal{}, ErrUnknown
}

func (d *Directory) check(ctx context.Context, p v1alpha1.Principal, err error, secret string) (Identity, error) {
	if err != nil && !errors.Is(err, ErrUnknown) {
		return Identity{}, err
	}
	hashes := []string{d.nobody}
	if err == nil {
		if hashes, err = d.hashes(ctx, p); err != nil {
			return Identity{}, err
		}
	}
	select {
	case d.checks <- struct{}{}:
		defer func() { <-d.checks }()
	case <-ctx.Done():
		return Identity{}, ctx.Err()
	}
	right := false
	for _, h := range hashes {
		right = Verify(h, secret) || right
	}
	if !right || p.Name == "" {
		return Identity{}, ErrUnknown
	}
	return Of(p), nil
}

func (d *Directory) hashes(ctx context.Context, p v1alpha1.Principal) ([]string, error) {
	var s corev1.Secret
	err := d.reader.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: p.Spec.SecretName}, &s)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("secrets of principal %s: %w", p.Name, err)
	}
	return strings.Fields(string(s.Data[HashesKey])), nil
}

// Fingerprint changes when the principal's secrets change.
func (d *Directory) Fingerprint(ctx context.Context, principal string) (string, error) {
	p, err := d.principal(ctx, principal)
	if err != nil {
		return "", err
	}
	hashes, err := d.hashes(ctx, p)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(hashes, "\n")))
	return hex.EncodeToString(sum[:8]), nil
}

// Assignments of every principal; Allowed picks those that count.
func (d *Directory) Assignments(ctx context.Context) ([]v1alpha1.RoleAssignment, error) {
	var list v1alpha1.RoleAssignmentList
	if err := d.reader.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("role assignments: %w", err)
	}
	return list.Items, nil
}
