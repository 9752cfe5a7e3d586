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
	"lotse.dev/identity"
)

// approvals are what users said yes to: a Secret for each user code, so that any replica of the front door can redeem what another wrote.
// Only somebody who has logged in makes one; a device that waits costs nothing.
type approvals struct {
	client    client.Client
	directory *identity.Directory
	clock     clock.PassiveClock
}

// Keys of an approval's Secret.
const (
	labelApproval = "lotse.dev/device-approval"
	keyPrincipal  = "principal"
	keySecret     = "secret" // the ID of the secret that the user logged in with
	keyUntil      = "until"
	keyRedeemed   = "redeemed"
)

func approvalName(userCode string) string { return "device-" + strings.ToLower(userCode) }

// add an approval. It answers false if the code was approved before: a code is good once.
func (a approvals) add(ctx context.Context, userCode string, who identity.Identity) (bool, error) {
	if err := a.sweep(ctx); err != nil {
		return false, err
	}
	until := a.clock.Now().Add(deviceLifetime + sealPeriod*sealsGood) // longer than the code can be redeemed or approved again
	err := a.client.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SystemNamespace, Name: approvalName(userCode), Labels: map[string]string{labelApproval: "true"},
		},
		Data: map[string][]byte{
			keyPrincipal: []byte(who.Principal), keySecret: []byte(who.Secret), keyUntil: []byte(until.UTC().Format(time.RFC3339)),
		},
	}, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsAlreadyExists(err) {
		return false, nil
	}
	return err == nil, err
}

// sweep away the approvals whose time is over.
func (a approvals) sweep(ctx context.Context) error {
	var all corev1.SecretList
	if err := a.client.List(ctx, &all, client.InNamespace(v1alpha1.SystemNamespace), client.HasLabels{labelApproval}); err != nil {
		return err
	}
	for i := range all.Items {
		if a.over(&all.Items[i]) {
			if err := a.client.Delete(ctx, &all.Items[i]); client.IgnoreNotFound(err) != nil {
				return err
			}
		}
	}
	return nil
}

func (a approvals) over(s *corev1.Secret) bool {
	until, err := time.Parse(time.RFC3339, string(s.Data[keyUntil]))
	return err != nil || a.clock.Now().After(until)
}

// redeem an approval, once. Of several replicas that try at the same time, the one whose write is accepted has it.
func (a approvals) redeem(ctx context.Context, userCode string) (identity.Identity, error) {
	var s corev1.Secret
	err := a.client.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: approvalName(userCode)}, &s)
	switch {
	case apierrors.IsNotFound(err), err == nil && a.over(&s):
		return identity.Identity{}, refuse(http.StatusBadRequest, "authorization_pending", "The user has not signed in yet.")
	case err != nil:
		return identity.Identity{}, err
	case s.Data[keyRedeemed] != nil:
		return identity.Identity{}, expiredCode()
	}
	who, err := a.directory.LoggedIn(ctx, string(s.Data[keyPrincipal]), string(s.Data[keySecret]))
	if err != nil {
		return who, over(err)
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
