package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// TestSecretsStaySecret: known secrets are searched for on this host's disk and in its process table, and are not there.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	m := openManagement(t)
	cluster := m.objectName(s.cluster)
	data := filepath.Dir(filepath.Dir(lotse.credentials))

	s.step("the customer makes a Secret and, for comparison, a ConfigMap")
	mark := "story" + lotse.run + s.namespace
	_, err := s.kube.CoreV1().Secrets(s.namespace).Create(s.ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "private"}, StringData: map[string]string{"password": mark + "-secret"},
	}, metav1.CreateOptions{})
	s.need(err)
	_, err = s.kube.CoreV1().ConfigMaps(s.namespace).Create(s.ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "public"}, Data: map[string]string{"word": mark + "-public"},
	}, metav1.CreateOptions{})
	s.need(err)

	s.step("the secrets to search for are those of this cluster and of Lotse itself")
	secrets := m.secrets(s, v1alpha1.ControlPlaneNamespace(cluster), v1alpha1.NodesNamespace(cluster), v1alpha1.SystemNamespace)
	secrets["the customer's Secret"] = mark + "-secret"
	secrets["the administrator's secret"] = lotse.client.Credential.Secret
	if len(secrets) < 15 {
		s.fail("only %d secrets were found to search for", len(secrets))
	}

	s.step("the stores have the ConfigMap in plain text, and none of %d secrets", len(secrets))
	hosted := m.volumeOf(s, v1alpha1.ControlPlaneNamespace(cluster), "etcd")
	s.absent(secrets, map[string][]string{
		"the cluster's store": {hosted, mark + "-public"}, "Lotse's store": {filepath.Join(data, "etcd"), cluster},
	})

	s.step("the logs hold none of them either")
	s.absent(secrets, map[string][]string{"the logs": {filepath.Join(data, "log"), cluster}})

	s.step("nor do arguments and environments of processes")
	table := processTable()
	if !bytes.Contains(table, []byte("--encryption-provider-config")) {
		s.fail("not even the API server's arguments were found")
	}
	for name, secret := range secrets {
		if bytes.Contains(table, []byte(secret)) {
			t.Errorf("%s is in the process table", name)
		}
	}

	s.step("nor do events")
	events := m.events(s) + hostedEvents(s)
	if len(events) < 1000 {
		s.fail("there are hardly any events: %s", events)
	}
	for name, secret := range secrets {
		if strings.Contains(events, secret) {
			t.Errorf("%s is in an event", name)
		}
	}
}

// processTable is the arguments and environments of Lotse's own processes and of all that runs on machines.
func processTable() (table []byte) {
	groups, _ := filepath.Glob("/proc/[0-9]*/cgroup") // the pattern is valid
	for _, group := range groups {
		if where, _ := os.ReadFile(group); !bytes.Contains(where, []byte("/lotse")) {
			continue // another program's, or ended meanwhile
		}
		for _, what := range []string{"cmdline", "environ"} {
			content, _ := os.ReadFile(filepath.Join(filepath.Dir(group), what))
			table = append(append(table, content...), '\n')
		}
	}
	return table
}

// secrets of namespaces: of each private value a piece that is long enough to search for.
func (m *management) secrets(s *story, namespaces ...string) map[string]string {
	s.Helper()
	found := map[string]string{}
	for _, ns := range namespaces {
		all, err := m.kube.CoreV1().Secrets(ns).List(s.ctx, metav1.ListOptions{})
		s.need(err)
		for _, secret := range all.Items {
			for key, value := range secret.Data {
				if piece := private(key, value); piece != "" {
					found[ns+"/"+secret.Name+"/"+key] = piece
				}
			}
		}
	}
	return found
}

func private(key string, value []byte) string {
	switch {
	case key == "machine.json":
		var machine struct{ BootstrapToken string }
		_ = json.Unmarshal(value, &machine)
		_, secret, _ := strings.Cut(machine.BootstrapToken, ".")
		return secret
	case bytes.Contains(value, []byte("PRIVATE KEY-----")):
		_, key, _ := strings.Cut(string(value), "PRIVATE KEY-----\n")
		line, _, _ := strings.Cut(key, "\n")
		return line
	case key == "kubeconfig":
		_, rest, _ := strings.Cut(string(value), "client-key-data: ")
		key, _, _ := strings.Cut(rest, "\n")
		return key[len(key)/2:]
	}
	return ""
}

func (m *management) volumeOf(s *story, namespace, component string) string {
	s.Helper()
	volumes, err := m.kube.CoreV1().PersistentVolumes().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, v := range volumes.Items {
		if c := v.Spec.ClaimRef; c != nil && c.Namespace == namespace && strings.Contains(c.Name, component) {
			return path(v)
		}
	}
	s.fail("no volume of %s in %s", component, namespace)
	return ""
}

// absent reads all files below each directory and fails if one has a secret, or if none has the word that must be there.
func (s *story) absent(secrets map[string]string, directories map[string][]string) {
	s.Helper()
	for name, where := range directories {
		seen := false
		err := filepath.WalkDir(where[0], func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // files of Pods come and go
			}
			content, err := os.ReadFile(file)
			if err != nil {
				return nil // as above
			}
			seen = seen || bytes.Contains(content, []byte(where[1]))
			for which, secret := range secrets {
				if bytes.Contains(content, []byte(secret)) {
					s.Errorf("%s is in %s: %s", which, name, file)
				}
			}
			return nil
		})
		s.need(err)
		if !seen {
			s.fail("%s (%s) do not even have %q: this story searches the wrong directory", name, where[0], where[1])
		}
	}
}

func (m *management) events(s *story) string {
	s.Helper()
	all, err := m.kube.CoreV1().Events("").List(s.ctx, metav1.ListOptions{})
	s.need(err)
	return fmt.Sprint(all.Items)
}

func hostedEvents(s *story) string {
	s.Helper()
	all, err := s.kube.CoreV1().Events("").List(s.ctx, metav1.ListOptions{})
	s.need(err)
	return fmt.Sprint(all.Items)
}
