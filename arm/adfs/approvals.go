package adfs

import (
	"context"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/identity"
)

// approvals of devices by their users: a Secret for each user code, so that any replica of the front door can redeem what another one wrote.
// Only a user who has logged in makes one, and has few at a time; a waiting device is not stored. They end with their user, and when they expire.
type approvals struct {
	client    client.Client
	directory *identity.Directory
	clock     clock.PassiveClock
}

// maxApprovals of one user: how many devices a user can log in within the life of a code.
const maxApprovals = 10

// Labels and keys of an approval's Secret. IDs are labels: they are not secret, and stand elsewhere too.
const (
	labelApproval = "lotse.dev/device-approval"
	labelUser     = "lotse.dev/principal"
	labelSecret   = "lotse.dev/principal-secret" // the ID of the secret that the user logged in with
	keyUntil      = "until"
	keyRedeemed   = "redeemed"
)

func approvalName(userCode string) string { return "device-" + strings.ToLower(userCode) }

// add an approval. It is false if the code was approved before. Too many approvals of one user are fault.Throttled.
func (a approvals) add(ctx context.Context, userCode string, who identity.Identity) (bool, error) {
	if err := a.sweep(ctx, who.Principal); err != nil {
		return false, err
	}
	var user v1alpha1.Principal
	if err := a.client.Get(ctx, client.ObjectKey{Name: who.Principal}, &user); err != nil {
		return false, err
	}
	until := a.clock.Now().Add(deviceLifetime + signaturePeriod*validPeriods) // longer than the code can be redeemed or approved again
	err := a.client.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SystemNamespace, Name: approvalName(userCode),
			Labels: map[string]string{labelApproval: "true", labelUser: who.Principal, labelSecret: who.Secret},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: "Principal", Name: user.Name, UID: user.UID,
			}},
		},
		Data: map[string][]byte{keyUntil: []byte(until.UTC().Format(time.RFC3339))},
	}, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsAlreadyExists(err) {
		return false, nil
	}
	return err == nil, err
}

// sweep deletes the approvals that have expired, and refuses another one of a user who has too many.
func (a approvals) sweep(ctx context.Context, user string) error {
	var all corev1.SecretList
	if err := a.client.List(ctx, &all, client.InNamespace(v1alpha1.SystemNamespace), client.HasLabels{labelApproval}); err != nil {
		return err
	}
	present := 0
	for i := range all.Items {
		if !a.expired(&all.Items[i]) {
			if all.Items[i].Labels[labelUser] == user {
				present++
			}
			continue
		}
		if err := a.client.Delete(ctx, &all.Items[i]); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	if present >= maxApprovals {
		return fault.New(fault.Throttled, "You signed in on %d devices within half an hour, which is the most. Wait until these codes have expired.",
			present).After(signaturePeriod)
	}
	return nil
}

func (a approvals) expired(s *corev1.Secret) bool {
	until, err := time.Parse(time.RFC3339, string(s.Data[keyUntil]))
	return err != nil || a.clock.Now().After(until)
}

// redeem an approval, once: of several replicas at the same time, one can write it.
func (a approvals) redeem(ctx context.Context, userCode string) (identity.Identity, error) {
	var s corev1.Secret
	err := a.client.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: approvalName(userCode)}, &s)
	switch {
	case apierrors.IsNotFound(err), err == nil && a.expired(&s):
		return identity.Identity{}, refuse(http.StatusBadRequest, "authorization_pending", "The user has not signed in yet.")
	case err != nil:
		return identity.Identity{}, err
	case s.Data[keyRedeemed] != nil:
		return identity.Identity{}, expiredCode()
	}
	who, err := a.directory.LoggedIn(ctx, s.Labels[labelUser], s.Labels[labelSecret])
	if err != nil {
		return who, ended(err)
	}
	s.Data[keyRedeemed] = []byte("true")
	err = a.client.Update(ctx, &s, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return identity.Identity{}, expiredCode()
	}
	return who, err
}

func expiredCode() error {
	return refuse(http.StatusBadRequest, "expired_token", "The code is unknown or has expired. Log in again.")
}
