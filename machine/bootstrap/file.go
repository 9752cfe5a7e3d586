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

// annotationHostedUntil on a machine's boot Secret notes, before the hosted cluster learns the token, until when it will know it. Nothing
// else tells a service that was restarted whether there is a token to take back.
const annotationHostedUntil = "lotse.dev/token-hosted-until"

var fileName = path.Base(boot.MachineFile)

// File is a machine's boot file and what the service remembers with it. It says what the machine was told at its latest start.
type File struct {
	Machine boot.Machine
	// HostedUntil is zero when the hosted cluster does not know the token.
	HostedUntil time.Time
}

// Token of the machine.
func (f File) Token() Token { return Token(f.Machine.BootstrapToken) }

// ReadFile out of its Secret.
func ReadFile(s *corev1.Secret) (File, error) {
	f := File{}
	if err := json.Unmarshal(s.Data[fileName], &f.Machine); err != nil {
		return f, fmt.Errorf("secret %s/%s holds no boot file; delete it and it is made anew: %w", s.Namespace, s.Name, err)
	}
	if until, noted := s.Annotations[annotationHostedUntil]; noted {
		t, err := time.Parse(time.RFC3339, until)
		if err != nil {
			t = time.Unix(0, 0) // long over, but there
		}
		f.HostedUntil = t
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
	if f.HostedUntil.IsZero() {
		delete(s.Annotations, annotationHostedUntil)
		return nil
	}
	metav1.SetMetaDataAnnotation(&s.ObjectMeta, annotationHostedUntil, f.HostedUntil.UTC().Format(time.RFC3339))
	return nil
}
