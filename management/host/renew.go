package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"lotse.dev/pki"
)

// Renew does for certificates what Up does, while nobody runs it: it issues those that are due, and lets the static Pods that read them start
// again. The host's processes read theirs again by themselves, within minutes. It returns what it issued, and why. It needs the data directory's
// lock only if there is something to do.
func Renew(d Data, now time.Time) ([]string, error) {
	store := pki.Store{Dir: d.PKI(), Now: now}
	names, err := due(store)
	if err != nil {
		return nil, err
	}
	if now, err := presentCredentials(store); err != nil || len(names) == 0 && stamped(d, now) {
		return nil, err
	}
	unlock, err := Lock(d)
	if err != nil {
		return nil, err
	}
	defer unlock()
	renewed, err := makeCredentials(d, store)
	if err != nil {
		return nil, err
	}
	return names, stamp(d, renewed)
}

// due are the certificates that are to be issued again. Nothing is made where an authority is missing.
func due(store pki.Store) ([]string, error) {
	var names []string
	for _, c := range certificates() {
		if !exists(store.CertFile(c.authority)) {
			return nil, fmt.Errorf("no authority %s; `lotse up` makes it", store.CertFile(c.authority))
		}
		authority, err := store.Authority(c.authority)
		if err != nil {
			return nil, err
		}
		reason, err := store.Stale(c.name, authority, c.leaf)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			names = append(names, c.name+": "+reason)
		}
	}
	return names, nil
}

// presentCredentials is the fingerprint of the certificates as they are.
func presentCredentials(store pki.Store) (string, error) {
	all := sha256.New()
	for _, c := range certificates() {
		content, err := os.ReadFile(store.CertFile(c.name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		_, _ = all.Write(content) // never fails
	}
	return hex.EncodeToString(all.Sum(nil))[:fingerprintLength], nil
}

// stamped reports whether every static Pod that is there was made with these certificates.
func stamped(d Data, credentials string) bool {
	for _, name := range staticPods {
		if pod, err := readPod(d, name); err != nil || pod != nil && pod.Annotations[annotationCredentials] != credentials {
			return false
		}
	}
	return true
}

// stamp lets the static Pods start again that were made with other certificates. One that is not there is Up's to make.
func stamp(d Data, credentials string) error {
	for _, name := range staticPods {
		pod, err := readPod(d, name)
		if err != nil {
			return err
		}
		if pod == nil || pod.Annotations[annotationCredentials] == credentials {
			continue
		}
		pod.Annotations[annotationCredentials] = credentials
		content, err := yaml.Marshal(pod)
		if err != nil {
			return fmt.Errorf("static Pod %s: %w", name, err)
		}
		if err := (File{d.manifest(name), 0o600, content}).put(); err != nil {
			return err
		}
	}
	return nil
}

// readPod reads a static Pod; it is nil if there is none.
func readPod(d Data, name string) (*corev1.Pod, error) {
	content, err := os.ReadFile(d.manifest(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	err = yaml.UnmarshalStrict(content, pod)
	if err == nil && pod.Annotations == nil {
		err = errors.New("it has no fingerprint")
	}
	if err != nil {
		return nil, fmt.Errorf("static Pod %s is damaged; run `lotse up`: %w", d.manifest(name), err)
	}
	return pod, nil
}
