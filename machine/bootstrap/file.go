package bootstrap

import (
	"encoding/json"
	"fmt"
	"path"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/boot"
	"lotse.dev/machine/pulltoken"
)

// annotationPublishedUntil on a machine's boot Secret records, before the token is published in the hosted cluster, when it expires there.
// It is how a service that was restarted knows that there is a token to revoke.
const annotationPublishedUntil = "lotse.dev/token-hosted-until"

// annotationPullUntil on a machine's boot Secret is when its token for the registry expires.
const annotationPullUntil = "lotse.dev/pull-token-until"

// annotationCertificateUntil on a machine's boot Secret is when its first certificate expires.
const annotationCertificateUntil = "lotse.dev/certificate-until"

var (
	fileName, pullName         = path.Base(boot.MachineFile), path.Base(boot.PullTokenFile)
	certificateName, trustName = path.Base(boot.CertificateFile), path.Base(boot.TrustFile)
)

// File is a machine's boot file, as the machine read it at its latest start, and what the service records with it.
type File struct {
	Machine boot.Machine
	// PublishedUntil is zero when the token is not published in the hosted cluster.
	PublishedUntil time.Time
	// Pull is the machine's token for the registry. Unlike Machine it is renewed while the machine runs.
	Pull pulltoken.Token
	// Certificate is the machine's first one, until its node is Ready.
	Certificate Certificate
	// Trust are the authorities that the machine has to trust now, in PEM, if they were replaced after it was made; else empty.
	Trust string
}

// Token of the machine.
func (f File) Token() Token { return Token(f.Machine.BootstrapToken) }

// ReadFile out of its Secret.
func ReadFile(s *corev1.Secret) (File, error) {
	f := File{}
	if err := json.Unmarshal(s.Data[fileName], &f.Machine); err != nil {
		return f, fmt.Errorf("secret %s/%s holds no boot file; delete it and Lotse writes a new one: %w", s.Namespace, s.Name, err)
	}
	f.Trust = string(s.Data[trustName])
	f.PublishedUntil = until(s, annotationPublishedUntil)
	if text := string(s.Data[pullName]); text != "" {
		f.Pull = pulltoken.Token{Text: text, Until: until(s, annotationPullUntil)}
	}
	if pem := s.Data[certificateName]; len(pem) > 0 {
		f.Certificate = Certificate{PEM: pem, Until: until(s, annotationCertificateUntil)}
	}
	return f, nil
}

// until when something holds, by an annotation: zero without one. An annotation that cannot be read counts as expired.
func until(s *corev1.Secret, annotation string) time.Time {
	text, found := s.Annotations[annotation]
	if !found {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Unix(0, 0)
	}
	return t
}

// Write the file into a Secret.
func (f File) Write(s *corev1.Secret) error {
	content, err := json.MarshalIndent(f.Machine, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the boot file of %s: %w", s.Name, err)
	}
	s.Data = map[string][]byte{fileName: content}
	if f.Pull.Text != "" {
		s.Data[pullName] = []byte(f.Pull.Text)
	}
	if f.Certificate.Held() {
		s.Data[certificateName] = f.Certificate.PEM
	}
	if f.Trust != "" {
		s.Data[trustName] = []byte(f.Trust)
	}
	record(s, annotationPublishedUntil, f.PublishedUntil)
	record(s, annotationPullUntil, f.Pull.Until)
	record(s, annotationCertificateUntil, f.Certificate.Until)
	return nil
}

func record(s *corev1.Secret, annotation string, t time.Time) {
	if t.IsZero() {
		delete(s.Annotations, annotation)
		return
	}
	metav1.SetMetaDataAnnotation(&s.ObjectMeta, annotation, t.UTC().Format(time.RFC3339))
}
