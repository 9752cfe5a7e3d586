package install

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/file"
	"lotse.dev/identity"
)

// Credential is the administrator's. The command line and the SDKs read it in this form.
type Credential struct {
	Endpoint       string `json:"endpoint"`
	TenantID       string `json:"tenantId"`
	AppID          string `json:"appId"`
	Secret         string `json:"secret"`
	SubscriptionID string `json:"subscriptionId"`
	Location       string `json:"location"`
	CAFile         string `json:"caFile"`
}

// labelFirst marks the subscription that the installation made, so that it is found again after the credential was lost.
const labelFirst = "lotse.dev/first"

// complete keeps what the credential has and generates what is missing. If the cluster has its first subscription already, it is used.
func (c Credential) complete(subscriptions []v1alpha1.Subscription) Credential {
	for _, s := range subscriptions {
		if c.SubscriptionID == "" && s.Labels[labelFirst] != "" {
			c.SubscriptionID, c.TenantID = s.Name, s.Spec.TenantID
		}
	}
	for _, id := range []*string{&c.SubscriptionID, &c.TenantID, &c.AppID} {
		if *id == "" {
			*id = uuid.NewString()
		}
	}
	if c.Secret == "" {
		c.Secret = identity.NewSecret()
	}
	c.Location = "local"
	return c
}

// administrator returns the objects that the credential belongs to. They are created once and not changed afterwards: they are the operator's.
func (c Credential) administrator(secrets []v1alpha1.PrincipalSecret) []client.Object {
	subscription := &v1alpha1.Subscription{
		ObjectMeta: clusterMeta(c.SubscriptionID),
		Spec:       v1alpha1.SubscriptionSpec{DisplayName: "Lotse", TenantID: c.TenantID, State: v1alpha1.SubscriptionRegistered},
	}
	subscription.Labels[labelFirst] = "true"
	return []client.Object{
		subscription,
		&v1alpha1.Principal{ObjectMeta: clusterMeta(c.AppID), Spec: v1alpha1.PrincipalSpec{
			DisplayName: "administrator", Type: identity.ServicePrincipal, TenantID: c.TenantID, SecretName: c.secretName(), Secrets: secrets,
		}},
		&v1alpha1.RoleAssignment{ObjectMeta: clusterMeta("administrator-" + c.AppID), Spec: v1alpha1.RoleAssignmentSpec{
			Principal: c.AppID, Role: identity.Owner, Scope: "/",
		}},
	}
}

func (c Credential) secretName() string { return "principal-" + c.AppID }

// accepted reports whether the directory accepts the credential: it matches the hash of a listed secret that does not expire.
func (c Credential) accepted(listed []v1alpha1.PrincipalSecret, hashes map[string][]byte) bool {
	for _, s := range listed {
		if s.ExpiresAt == nil && identity.Verify(string(hashes[s.ID]), c.Secret) {
			return true
		}
	}
	return false
}

// hashed returns what makes the directory accept the credential: an entry for the principal, and the Secret with the hash.
func (c Credential) hashed(now time.Time) (v1alpha1.PrincipalSecret, *corev1.Secret, error) {
	hash, err := identity.HashSecret(c.Secret)
	if err != nil {
		return v1alpha1.PrincipalSecret{}, nil, fmt.Errorf("administrator: %w", err)
	}
	entry := v1alpha1.PrincipalSecret{ID: uuid.NewString(), DisplayName: "installation", CreatedAt: metav1.NewTime(now)}
	return entry, &corev1.Secret{ObjectMeta: meta(c.secretName()), Data: map[string][]byte{entry.ID: []byte(hash)}}, nil
}

// readCredential returns an empty credential if there is no file yet.
func readCredential(file string) (c Credential, err error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &c)
	}
	if err != nil {
		return c, fmt.Errorf("credential %s: %w; move the file away to get a new one", file, err)
	}
	return c, nil
}

// write stores the credential so that only its owner can read it. This happens before objects are made from it, so an interrupted installation
// continues with the same one.
func (c Credential) write(file string) error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return writePrivate(file, append(content, '\n'), 0o600)
}

func writePrivate(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("directory for credentials: %w", err)
	}
	return file.Replace(path, content, mode)
}
