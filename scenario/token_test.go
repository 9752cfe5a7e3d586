package scenario

import (
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestServiceAccountToken: a Pod's projected token authenticates its service account, which may do what the customer grants it.
func TestServiceAccountToken(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("a Pod runs with its default service account")
	s.run(server("asker", storyImage(t)))
	path := "/api/v1/namespaces/" + s.namespace + "/pods"

	s.step("its token is accepted, and allows nothing yet")
	s.inside("asker", "system:serviceaccount:"+s.namespace+":default", 30*time.Second, "/probe", "api", path)
	s.inside("asker", "403 Forbidden", 10*time.Second, "/probe", "api", path)

	s.step("the customer grants it to look at Pods")
	_, err := s.kube.RbacV1().RoleBindings(s.namespace).Create(s.ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "asker"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "default", Namespace: s.namespace}},
	}, metav1.CreateOptions{})
	s.need(err)

	s.step("now it may read its own Pod")
	s.inside("asker", `"name":"asker"`, 30*time.Second, "/probe", "api", path)
}
