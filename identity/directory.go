package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// ErrUnknown means that there is no such principal or that the secret is wrong. It does not reveal which.
var ErrUnknown = errors.New("the name or the secret is wrong")

// Why a valid token does not authenticate its principal any more.
var (
	ErrDisabled = errors.New("the principal is disabled")
	ErrSecret   = errors.New("the secret that the token was issued for was removed or has expired")
	ErrTenant   = errors.New("the principal belongs to another tenant")
)

// Directory finds principals and checks their secrets.
type Directory struct {
	reader client.Reader
	cached client.Reader
	clock  clock.PassiveClock
	checks chan struct{}
	verify func(hash, secret string) bool
	// noHash is a hash that no secret has. Checking it takes as long as a real one.
	noHash string
}

// NewDirectory reads with reader, which must not lag. The caller of a request and its roles are read with cached, which may lag a little and
// has no hashes of secrets.
func NewDirectory(reader, cached client.Reader, c clock.PassiveClock) (*Directory, error) {
	noHash, err := HashSecret(NewSecret())
	if err != nil {
		return nil, err
	}
	return &Directory{reader: reader, cached: cached, clock: c, checks: make(chan struct{}, concurrentChecks), verify: Verify, noHash: noHash}, nil
}

// LoggedIn finds a principal that logged in earlier with a secret, by their IDs: ErrUnknown, ErrDisabled or ErrSecret if that is no longer valid.
func (d *Directory) LoggedIn(ctx context.Context, principal, secret string) (Identity, error) {
	p, err := find(ctx, d.reader, principal)
	if err != nil {
		return Identity{}, err
	}
	who := Of(p)
	who.Secret = secret
	return who, holds(p, Claims{Secret: secret, TenantID: p.Spec.TenantID}, d.clock.Now())
}

// Holder of a token, as the directory has it now: a token ends when its principal is deleted or disabled, or the secret that it was issued for
// is removed. Before it refuses, it reads again without the cache.
func (d *Directory) Holder(ctx context.Context, c Claims) (Identity, error) {
	who, err := d.holder(ctx, d.cached, c)
	if Over(err) {
		return d.holder(ctx, d.reader, c)
	}
	return who, err
}

func (d *Directory) holder(ctx context.Context, r client.Reader, c Claims) (Identity, error) {
	p, err := find(ctx, r, c.ObjectID)
	if err != nil {
		return Identity{}, err
	}
	who := Of(p)
	who.Secret = c.Secret
	return who, holds(p, c, d.clock.Now())
}

// Renewed finds the holder of a refresh token, without the cache: the access token that it permits is valid for an hour.
func (d *Directory) Renewed(ctx context.Context, c Claims) (Identity, error) {
	return d.holder(ctx, d.reader, c)
}

// Over reports whether the error says that a log-in is no longer valid.
func Over(err error) bool {
	return errors.Is(err, ErrUnknown) || errors.Is(err, ErrDisabled) || errors.Is(err, ErrSecret) || errors.Is(err, ErrTenant)
}

// holds decides whether the principal may still use a token with these claims.
func holds(p v1alpha1.Principal, c Claims, now time.Time) error {
	switch {
	case p.Spec.Disabled:
		return ErrDisabled
	case !strings.EqualFold(p.Spec.TenantID, c.TenantID):
		return ErrTenant
	}
	for _, s := range p.Spec.Secrets {
		if s.ID == c.Secret && !Expired(s, now) {
			return nil
		}
	}
	return ErrSecret
}

func find(ctx context.Context, r client.Reader, name string) (v1alpha1.Principal, error) {
	var p v1alpha1.Principal
	name = strings.ToLower(name)
	if !guidLike(name) {
		return p, ErrUnknown
	}
	err := r.Get(ctx, client.ObjectKey{Name: name}, &p)
	if apierrors.IsNotFound(err) {
		return p, ErrUnknown
	}
	return p, err
}

// guidLike refuses names that cannot be object names on the management cluster.
func guidLike(name string) bool {
	keep := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return len(name) > 0 && len(name) <= 63 && !strings.ContainsFunc(name, keep)
}

// Permit decides by the role assignments of every principal, and returns them. It decides by the cached ones first, and before it refuses it
// reads them again. What it returns must not be changed.
func (d *Directory) Permit(ctx context.Context, decide func([]v1alpha1.RoleAssignment) error) ([]v1alpha1.RoleAssignment, error) {
	cached, err := Assignments(ctx, d.cached)
	if err != nil {
		return nil, err
	}
	if decide(cached) == nil {
		return cached, nil
	}
	now, err := Assignments(ctx, d.reader)
	if err != nil {
		return nil, err
	}
	return now, decide(now)
}

// Assignments of every principal; Allowed picks those that count.
func Assignments(ctx context.Context, r client.Reader) ([]v1alpha1.RoleAssignment, error) {
	var list v1alpha1.RoleAssignmentList
	if err := r.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("role assignments: %w", err)
	}
	return list.Items, nil
}
