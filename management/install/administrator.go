package install

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
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
		random := make([]byte, 30)
		_, _ = rand.Read(random) // never fails
		c.Secret = base64.RawURLEncoding.EncodeToString(random)
	}
	c.Location = "local"
	return c
}

// administrator are the objects behind the credential. They are made once; afterwards they belong to whoever administers Lotse.
func (c Credential) administrator() []client.Object {
	subscription := &v1alpha1.Subscription{
		ObjectMeta: clusterMeta(c.SubscriptionID),
		Spec:       v1alpha1.SubscriptionSpec{DisplayName: "Lotse", TenantID: c.TenantID, State: v1alpha1.SubscriptionRegistered},
	}
	subscription.Labels[labelFirst] = "true"
	return []client.Object{
		subscription,
		&v1alpha1.Principal{ObjectMeta: clusterMeta(c.AppID), Spec: v1alpha1.PrincipalSpec{
			DisplayName: "administrator", Type: "ServicePrincipal", TenantID: c.TenantID, SecretName: c.secretName(),
		}},
		&v1alpha1.RoleAssignment{ObjectMeta: clusterMeta("administrator-" + c.AppID), Spec: v1alpha1.RoleAssignmentSpec{
			Principal: c.AppID, Role: "Owner", Scope: "/",
		}},
	}
}

func (c Credential) secretName() string { return "principal-" + c.AppID }

// hashes is the administrator's Secret, nil if one of the hashes it has is the secret's already.
func (c Credential) hashes(have []byte) (*corev1.Secret, error) {
	for line := range strings.Lines(string(have)) {
		if identity.Verify(strings.TrimSpace(line), c.Secret) {
			return nil, nil
		}
	}
	hash, err := identity.HashSecret(c.Secret)
	if err != nil {
		return nil, fmt.Errorf("administrator: %w", err)
	}
	return &corev1.Secret{ObjectMeta: meta(c.secretName()), Data: map[string][]byte{identity.HashesKey: []byte(hash + "\n")}}, nil
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
	temporary := file + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
