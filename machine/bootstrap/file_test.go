package bootstrap

import (
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/machine/boot"
	"lotse.dev/machine/pulltoken"
)

func TestAFileIsReadAsItWasWritten(t *testing.T) {
	until := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for sentence, file := range map[string]File{
		"a file with a token for the registry": {Machine: boot.Machine{NodeName: "vm0"}, Pull: pulltoken.Token{Text: "a.b.c", Until: until}},
		"a file whose token is not published":  {Machine: boot.Machine{NodeName: "vm0", BootstrapToken: "abcdef.0123456789abcdef"}},
		"a file with a first certificate":      {Machine: boot.Machine{NodeName: "vm0"}, Certificate: Certificate{PEM: []byte("pem"), Until: until}},
		"a file whose token is published":      {Machine: boot.Machine{NodeName: "vm0"}, PublishedUntil: until},
	} {
		t.Run(sentence, func(t *testing.T) {
			secret := &corev1.Secret{}
			secret.Annotations = map[string]string{annotationPublishedUntil: "2026-01-01T00:00:00Z", "other": "x"}
			if err := file.Write(secret); err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile(secret)
			if err != nil || !reflect.DeepEqual(got.Machine, file.Machine) || !got.PublishedUntil.Equal(file.PublishedUntil) ||
				got.Pull.Text != file.Pull.Text || !got.Pull.Until.Equal(file.Pull.Until) ||
				string(got.Certificate.PEM) != string(file.Certificate.PEM) || !got.Certificate.Until.Equal(file.Certificate.Until) {
				t.Errorf("read %+v, %v; want %+v", got, err, file)
			}
			if got.Token() != Token(file.Machine.BootstrapToken) || secret.Annotations["other"] != "x" {
				t.Errorf("token is %q, annotations are %v", got.Token(), secret.Annotations)
			}
		})
	}
}

func TestADamagedFile(t *testing.T) {
	secret := &corev1.Secret{Data: map[string][]byte{fileName: []byte(`{"nodeName":`)}}
	if _, err := ReadFile(secret); err == nil {
		t.Error("a boot file that is no JSON is read")
	}
	secret.Data[fileName] = []byte(`{"nodeName":"vm0"}`)
	secret.Annotations = map[string]string{annotationPublishedUntil: "tomorrow"}
	f, err := ReadFile(secret)
	if err != nil || f.PublishedUntil.IsZero() || f.PublishedUntil.After(time.Unix(0, 0)) {
		t.Errorf("a token whose expiry cannot be read counts as %v, %v; want published and expired, to be published or revoked again", f.PublishedUntil, err)
	}
}
