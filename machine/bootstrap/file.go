package bootstrap

import (
	"encoding/json"
	"fmt"
	"path"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/boot"
)

// annotationPublishedUntil on a machine's boot Secret records, before the token is published in the hosted cluster, when it expires there.
// It is how a service that was restarted knows that there is a token to revoke.
const annotationPublishedUntil = "lotse.dev/token-hosted-until"

var fileName = path.Base(boot.MachineFile)

// File is a machine's boot file, as the machine read it at its latest start, and what the service records with it.
type File struct {
	Machine boot.Machine
	// PublishedUntil is zero when the token is not published in the hosted cluster.
	PublishedUntil time.Time
}

// Token of the machine.
func (f File) Token() Token { return Token(f.Machine.BootstrapToken) }

// ReadFile out of its Secret.
func ReadFile(s *corev1.Secret) (File, error) {
	f := File{}
	if err := json.Unmarshal(s.Data[fileName], &f.Machine); err != nil {
		return f, fmt.Errorf("secret %s/%s holds no boot file; delete it and Lotse writes a new one: %w", s.Namespace, s.Name, err)
	}
	if until, found := s.Annotations[annotationPublishedUntil]; found {
		t, err := time.Parse(time.RFC3339, until)
		if err != nil {
			t = time.Unix(0, 0) // expired, but published
		}
		f.PublishedUntil = t
	}
	return f, nil
}

// Write the file into a Secret.
func (f File) Write(s *corev1.Secret) error {
	content, err := json.MarshalIndent(f.Machine, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the boot file of %s: %w", s.Name, err)
	}
	s.Data = map[string][]byte{fileName: content}
	if f.PublishedUntil.IsZero() {
		delete(s.Annotations, annotationPublishedUntil)
		return nil
	}
	metav1.SetMetaDataAnnotation(&s.ObjectMeta, annotationPublishedUntil, f.PublishedUntil.UTC().Format(time.RFC3339))
	return nil
}
