package install

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/identity"
)

// Credential is the administrator's, as the command line and the SDKs read it.
type Credential struct {
	Endpoint       string `json:"endpoint"`
	TenantID       string `json:"tenantId"`
	AppID          string `json:"appId"`
	Secret         string `json:"secret"`
	SubscriptionID string `json:"subscriptionId"`
	Location       string `json:"location"`
	CAFile         string `json:"caFile"`
}

// labelFirst marks the subscription that the installation made, so that it is found by an operator who lost the credential.
const labelFirst = "lotse.dev/first"

// complete keeps what the credential has and makes up what it lacks. A cluster that has its first subscription already keeps it.
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

// administrator are the objects behind the credential. They are made once; afterwards they belong to whoever administers Lotse.
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

// known reports whether the directory would let the credential in: a secret that it lists has a hash that fits.
func (c Credential) known(listed []v1alpha1.PrincipalSecret, hashes map[string][]byte) bool {
	for _, s := range listed {
		if s.ExpiresAt == nil && identity.Verify(string(hashes[s.ID]), c.Secret) {
			return true
		}
	}
	return false
}

// enter makes what lets the credential in: a line for the principal, and the Secret with the hash.
func (c Credential) enter(now time.Time) (v1alpha1.PrincipalSecret, *corev1.Secret, error) {
	hash, err := identity.HashSecret(c.Secret)
	if err != nil {
		return v1alpha1.PrincipalSecret{}, nil, fmt.Errorf("administrator: %w", err)
	}
	line := v1alpha1.PrincipalSecret{ID: uuid.NewString(), DisplayName: "installation", CreatedAt: metav1.NewTime(now)}
	return line, &corev1.Secret{ObjectMeta: meta(c.secretName()), Data: map[string][]byte{line.ID: []byte(hash)}}, nil
}

// readCredential is empty if there is no file yet.
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

// write puts the credential where only its owner reads it. It happens before anything is made from it, so an interrupted installation
// goes on with the same one.
func (c Credential) write(file string) error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	return writePrivate(file, append(content, '\n'), 0o600)
}

func writePrivate(file string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("directory for credentials: %w", err)
	}
	err := renameio.WriteFile(file, content, mode, renameio.WithTempDir(filepath.Dir(file)), renameio.WithStaticPermissions(mode))
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
