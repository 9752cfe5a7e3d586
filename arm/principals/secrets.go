package principals

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// mostSecrets of a principal: enough for a rotation without interruption, and few enough for a quick log-in, which tries them all.
const mostSecrets = 10

func (p *Principals) listSecrets(w http.ResponseWriter, r *route.Request) error {
	found, err := p.existing(r)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, paging.List[secretBody]{Value: principalOf(*found, p.clock.Now()).Properties.Secrets})
}

// addSecret makes up a secret and shows it, once.
func (p *Principals) addSecret(w http.ResponseWriter, r *route.Request) error {
	found, err := p.existing(r)
	if err != nil {
		return err
	}
	line, err := readSecret(r.Request, p.clock.Now())
	if err != nil {
		return err
	}
	if len(found.Spec.Secrets) >= mostSecrets {
		return fault.New(fault.QuotaExceeded, "The principal '%s' has %d secrets, which is the most. Remove one first.", found.Name, mostSecrets)
	}
	text := identity.NewSecret()
	hash, err := identity.HashSecret(text)
	if err != nil {
		return err
	}
	// The hash is stored before the principal names it; a hash that no principal names is not used.
	if err := p.putHash(r.Context(), found, line.ID, hash); err != nil {
		return err
	}
	found.Spec.Secrets = append(found.Spec.Secrets, line)
	if err := p.replace(r, found); err != nil {
		return err
	}
	answer := secretOf(found.Name, line, p.clock.Now())
	answer.SecretText = text
	w.Header().Set("Cache-Control", "no-store")
	return route.JSON(w, http.StatusOK, answer)
}

func readSecret(r *http.Request, now time.Time) (v1alpha1.PrincipalSecret, error) {
	line := v1alpha1.PrincipalSecret{ID: uuid.NewString(), CreatedAt: metav1.NewTime(now)}
	o, err := body.Read(r, nil)
	if err != nil {
		return line, err
	}
	line.DisplayName, _ = o.String("displayName")
	if end, ok := o.String("endDateTime"); ok {
		at, err := time.Parse(time.RFC3339, end)
		if err != nil || !at.After(now) {
			o.Fail(fault.New(fault.InvalidParameter, "The endDateTime '%s' is no time in the future, written like %s.",
				end, now.Add(24*time.Hour).UTC().Format(time.RFC3339)).At("endDateTime"))
		}
		line.ExpiresAt = &metav1.Time{Time: at}
	}
	if len(line.DisplayName) > 120 {
		o.Fail(fault.New(fault.InvalidParameter, "The displayName has more than 120 characters.").At("displayName"))
	}
	return line, o.Finish()
}

func (p *Principals) putHash(ctx context.Context, of *v1alpha1.Principal, id, hash string) error {
	s := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: of.Spec.SecretName},
		Data:       map[string][]byte{id: []byte(hash)},
	}
	err := p.client.Create(ctx, s.DeepCopy(), client.FieldOwner(v1alpha1.FieldManager))
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	return p.client.Patch(ctx, s.DeepCopy(), client.MergeFrom(&corev1.Secret{ObjectMeta: s.ObjectMeta}), client.FieldOwner(v1alpha1.FieldManager))
}

// deleteSecret ends a secret, and at the next request every token that was issued for it.
func (p *Principals) deleteSecret(w http.ResponseWriter, r *route.Request) error {
	found, err := p.existing(r)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found.Spec.Secrets, func(s v1alpha1.PrincipalSecret) bool { return strings.EqualFold(s.ID, r.Param("secret")) })
	if i < 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	id := found.Spec.Secrets[i].ID
	found.Spec.Secrets = slices.Delete(found.Spec.Secrets, i, i+1)
	if err := p.replace(r, found); err != nil {
		return err
	}
	if err := p.dropHash(r.Context(), found, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (p *Principals) dropHash(ctx context.Context, of *v1alpha1.Principal, id string) error {
	patch, err := json.Marshal(map[string]any{"data": map[string]any{id: nil}})
	if err != nil {
		return err
	}
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: of.Spec.SecretName}}
	err = p.client.Patch(ctx, s, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
	return client.IgnoreNotFound(err)
}
