package controlplane_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/arm/containerservice/personal"
)

// auditLine is what is looked at of a record.
type auditLine struct {
	Level, Stage, Verb string
	User               struct{ Username, UID string }
	ObjectRef          struct{ Resource, Subresource, Name string }
}

// audited does some things and looks for them in the log.
func (r *running) audited(t *testing.T, c kubernetes.Interface) {
	admin, user := r.person(t, personal.Admin, true), r.person(t, personal.User, false)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "audited"}, StringData: map[string]string{"password": "never in a log"}}
	if _, err := admin.CoreV1().Secrets("default").Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, _ = user.CoreV1().Secrets("default").Get(t.Context(), "audited", metav1.GetOptions{}) // is refused, and recorded
	_, _ = admin.CoreV1().ConfigMaps("default").List(t.Context(), metav1.ListOptions{})
	_ = admin.CoreV1().RESTClient().Get().AbsPath("/api/v1/namespaces/default/pods/audited/exec").Param("command", "id").Do(t.Context()).Error()
	if err := admin.CoreV1().Secrets("default").Delete(t.Context(), "audited", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	const who = "lotse:user:anna@lotse.local"
	var lines []auditLine
	content := ""
	has := func(verb, resource string) bool {
		return slices.ContainsFunc(lines, func(l auditLine) bool {
			return l.User.Username == who && l.User.UID == anna.Principal && l.Verb == verb && l.ObjectRef.Resource+"/"+l.ObjectRef.Subresource == resource
		})
	}
	r.await("the last of it is recorded", func(context.Context) bool {
		content, lines = r.auditLines(t)
		return has("delete", "secrets/")
	})
	if !has("create", "secrets/") || !has("get", "secrets/") || !has("get", "pods/exec") {
		t.Error("the log does not have all that was done")
	}
	if has("list", "configmaps/") || strings.Contains(content, "never in a log") || strings.Contains(content, `"leases"`) {
		t.Error("the log has what it should not")
	}
	for _, l := range lines {
		if l.Level != "Metadata" || l.Stage == "RequestReceived" {
			t.Errorf("a record is of level %s, stage %s", l.Level, l.Stage)
		}
	}
	r.auditForAdministrators(t, c, user)
}

func (r *running) auditLines(t *testing.T) (content string, lines []auditLine) {
	t.Helper()
	read, err := os.ReadFile(filepath.Join(r.dir, "audit", "audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(read)) {
		var l auditLine
		if strings.HasSuffix(line, "\n") { // else it is being written
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, l)
		}
	}
	return string(read), lines
}

// auditForAdministrators: the API server serves its directory of logs to administrators alone.
func (r *running) auditForAdministrators(t *testing.T, c, user kubernetes.Interface) {
	if err := c.CoreV1().RESTClient().Get().AbsPath("/logs/").Do(t.Context()).Error(); err != nil {
		t.Errorf("an administrator reads logs: %v", err)
	}
	if err := user.CoreV1().RESTClient().Get().AbsPath("/logs/audit/audit.log").Do(t.Context()).Error(); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("a user reads the audit log: %v", err)
	}
	for _, path := range []string{"/logs/../etc/passwd", "/logs/%2e%2e/%2e%2e/etc/passwd", "/logs/..%2f..%2fetc/passwd"} {
		body, err := c.CoreV1().RESTClient().Get().RequestURI(path).DoRaw(t.Context())
		if err == nil && strings.Contains(string(body), "root:") {
			t.Errorf("%s leads out of the directory of logs", path)
		}
	}
}
