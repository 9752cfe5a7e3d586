package controlplane_test

import (
	"slices"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/personal"
	"lotse.dev/identity"
	"lotse.dev/kubeconfig"
)

var anna = identity.Identity{Principal: "30000000-0000-0000-0000-000000000004", Type: identity.User, UserName: "anna@lotse.local"}

// person is a client with a certificate as the front door issues it.
func (r *running) person(t *testing.T, kind personal.Kind, administers bool) kubernetes.Interface {
	t.Helper()
	pair, err := r.roots.Cluster.Issue(kind.Leaf(anna, administers), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	content, err := kubeconfig.Entry{
		Cluster: "shop", User: kind.Name, Host: "localhost", Port: int32(r.api), Authority: r.roots.Cluster.Certificate, Pair: pair,
	}.Render()
	if err != nil {
		t.Fatal(err)
	}
	return r.connect(content)
}

// people asks the API server, with the add-ons' bindings, who a person is and what they may do.
func (r *running) people(t *testing.T) {
	user, admin := r.person(t, personal.User, false), r.person(t, personal.User, true)
	who, err := user.AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if u := who.Status.UserInfo; u.Username != "lotse:user:anna@lotse.local" || u.UID != anna.Principal || !slices.Contains(u.Groups, v1alpha1.GroupClusterUsers) {
		t.Errorf("the user is %+v", u)
	}
	for sentence, c := range map[string]struct {
		ask         authorizationv1.ResourceAttributes
		user, admin bool
	}{
		"see Pods":                      {authorizationv1.ResourceAttributes{Verb: "list", Resource: "pods"}, true, true},
		"see nodes":                     {authorizationv1.ResourceAttributes{Verb: "list", Resource: "nodes"}, true, true},
		"see namespaces":                {authorizationv1.ResourceAttributes{Verb: "list", Resource: "namespaces"}, true, true},
		"see how busy nodes are":        {authorizationv1.ResourceAttributes{Verb: "list", Group: "metrics.k8s.io", Resource: "nodes"}, true, true},
		"see Secrets":                   {authorizationv1.ResourceAttributes{Verb: "list", Resource: "secrets"}, false, true},
		"make Pods":                     {authorizationv1.ResourceAttributes{Verb: "create", Resource: "pods", Namespace: "default"}, false, true},
		"run commands in Pods":          {authorizationv1.ResourceAttributes{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "default"}, false, true},
		"bind roles":                    {authorizationv1.ResourceAttributes{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "rolebindings", Namespace: "default"}, false, true},
		"speak for others":              {authorizationv1.ResourceAttributes{Verb: "impersonate", Resource: "users"}, false, true},
		"get tokens of services":        {authorizationv1.ResourceAttributes{Verb: "create", Resource: "serviceaccounts", Subresource: "token", Namespace: "kube-system"}, false, true},
		"change what serves everything": {authorizationv1.ResourceAttributes{Verb: "update", Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations"}, false, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if may(t, user, c.ask) != c.user {
				t.Errorf("a user may: %v", !c.user)
			}
			if may(t, admin, c.ask) != c.admin {
				t.Errorf("an administrator may: %v", !c.admin)
			}
		})
	}
}

func may(t *testing.T, c kubernetes.Interface, what authorizationv1.ResourceAttributes) bool {
	t.Helper()
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &what}}
	got, err := c.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return got.Status.Allowed
}
