package scenario

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/client"
)

// TestPersonalCertificates: a person with the cluster user's role gets a kubeconfig with their own name, sees the cluster, changes
// nothing until an administrator binds it to that name, and is in the cluster's audit log.
func TestPersonalCertificates(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("the operator gives a person the cluster user's role")
	people := &accessStory{T: t, ctx: s.ctx, assignments: map[string]string{}, people: map[string]string{}, secrets: map[string]string{},
		clients: map[string]*client.Client{}}
	people.person("user")
	people.give("user", clusterUser, lotse.client.ClusterPath(s.group, s.cluster.name))
	content, err := people.clients["user"].Kubeconfig(s.ctx, s.group, s.cluster.name, false)
	s.need(err)
	user, err := lotse.connectWith(s.group, s.cluster.name, content)
	s.need(err)
	name := "lotse:app:" + people.people["user"]

	s.step("the certificate has their name, and is not an administrator's")
	who, err := lotse.program(s.ctx, "kubectl", "--kubeconfig", user.kubeconfig, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username} {.status.userInfo.groups}")
	s.need(err)
	if !strings.Contains(who, name+" ") || !strings.Contains(who, "lotse:cluster-users") || strings.Contains(who, "admins") {
		s.fail("the user is %s", who)
	}
	if _, err := people.clients["user"].Kubeconfig(s.ctx, s.group, s.cluster.name, true); err == nil {
		s.fail("the administrator's credential is given out too")
	}

	s.step("they see the cluster, but no Secrets, and change nothing")
	_, err = user.kube.CoreV1().Nodes().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	_, err = user.kube.CoreV1().Pods(metav1.NamespaceAll).List(s.ctx, metav1.ListOptions{Limit: 10})
	s.need(err)
	if _, err := user.kube.CoreV1().Secrets("kube-system").List(s.ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		s.fail("listing Secrets: %v", err)
	}
	write := func() error { return writeNote(s.ctx, user.kube, s.namespace) }
	if err := write(); !apierrors.IsForbidden(err) {
		s.fail("writing: %v", err)
	}

	s.step("an administrator binds a role to the name")
	_, err = s.kube.RbacV1().RoleBindings(s.namespace).Create(s.ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "user"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	}, metav1.CreateOptions{})
	s.need(err)
	s.until("the user to write", 10*time.Second, func() (bool, string) {
		err := write()
		return err == nil, errorText(err)
	})

	s.step("the audit log of the cluster names the person; a user may not read it")
	s.until("the audit log to have the user's writes", 10*time.Second, func() (bool, string) {
		log, err := s.kube.CoreV1().RESTClient().Get().AbsPath("/logs/audit/audit.log").DoRaw(s.ctx)
		return err == nil && strings.Contains(string(log), `"username":"`+name+`"`), errorText(err)
	})
	if err := user.kube.CoreV1().RESTClient().Get().AbsPath("/logs/audit/audit.log").Do(s.ctx).Error(); !apierrors.IsForbidden(err) {
		s.fail("a user reads the audit log: %v", err)
	}
}

func writeNote(ctx context.Context, kube kubernetes.Interface, namespace string) error {
	_, err := kube.CoreV1().ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "note-"}}, metav1.CreateOptions{})
	return err
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
