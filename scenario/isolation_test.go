package scenario

import (
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestControlPlaneIsNotVisible: the customer sees nodes and Pods of their own, and no control plane (A1, A2).
func TestControlPlaneIsNotVisible(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("no Pod of any namespace is a control plane's")
	pods, err := s.kube.CoreV1().Pods("").List(s.ctx, metav1.ListOptions{})
	s.need(err)
	if len(pods.Items) == 0 {
		s.fail("there are no Pods at all, not even of the managed components")
	}
	for _, p := range pods.Items {
		for _, component := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
			if strings.HasPrefix(p.Name, component) {
				s.fail("Pod %s/%s is visible", p.Namespace, p.Name)
			}
		}
	}

	s.step("every node is of a pool, and every namespace the cluster's own")
	for _, n := range s.allNodes() {
		if n.Labels["agentpool"] == "" || !strings.HasPrefix(n.Name, "aks-") {
			s.fail("node %s is of no pool", n.Name)
		}
	}
	namespaces, err := s.kube.CoreV1().Namespaces().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	for _, n := range namespaces.Items {
		if strings.HasPrefix(n.Name, "mc-") || strings.HasPrefix(n.Name, "sub-") || n.Name == "lotse-system" {
			s.fail("namespace %s of the management cluster is visible", n.Name)
		}
	}

	s.step("the customer's credential is strong, and not in system:masters")
	who, err := lotse.program(s.ctx, "kubectl", "--kubeconfig", s.kubeconfig, "auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}")
	s.need(err)
	if strings.Contains(who, "system:masters") || !strings.Contains(who, "lotse:cluster-admins") {
		s.fail("the user's groups are %s", who)
	}
	review, err := s.kube.AuthorizationV1().SelfSubjectAccessReviews().Create(s.ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "*", Group: "*", Resource: "*"}},
	}, metav1.CreateOptions{})
	s.need(err)
	if !review.Status.Allowed {
		s.fail("the user may not administer the cluster: %s", review.Status.Reason)
	}

	s.step("the managed components run in kube-system")
	system := []string{}
	for _, p := range pods.Items {
		if p.Namespace == metav1.NamespaceSystem {
			system = append(system, p.Name)
		}
	}
	for _, want := range []string{"coredns", "konnectivity", "metrics-server"} {
		if !slices.ContainsFunc(system, func(name string) bool { return strings.Contains(name, want) }) {
			s.fail("no Pod of %s in kube-system, only %v", want, system)
		}
	}
}
