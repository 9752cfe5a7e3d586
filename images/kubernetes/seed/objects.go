package seed

import (
	corev1 "k8s.io/api/core/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	flowcontrolbootstrap "k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/flowcontrol"
	"k8s.io/kubernetes/pkg/apis/rbac"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	schedulingclasses "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	"k8s.io/kubernetes/pkg/controlplane"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/flowschema"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/prioritylevelconfiguration"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// object to create, as its hook sends it.
type object interface {
	runtime.Object
	metav1.Object
}

type seeded struct {
	object
	of *kind
}

// kind is what the objects of a resource have in common.
type kind struct {
	resource schema.GroupVersionResource
	kind     string
	sample   runtime.Object // of the internal version
	strategy rest.RESTCreateStrategy
	manager  string // the field manager's name; empty for the one that requests get that name none
}

// hub is the version that a server works with.
func (k *kind) hub() schema.GroupVersion {
	return schema.GroupVersion{Group: k.resource.Group, Version: runtime.APIVersionInternal}
}

// flowManager is what the hook of flow control calls itself, which upstream does not export.
const flowManager = "api-priority-and-fairness-config-producer-v1"

var (
	namespaces          = &kind{corev1.SchemeGroupVersion.WithResource("namespaces"), "Namespace", &core.Namespace{}, namespace.Strategy, ""}
	clusterRoles        = &kind{rbacv1.SchemeGroupVersion.WithResource("clusterroles"), "ClusterRole", &rbac.ClusterRole{}, clusterrole.Strategy, ""}
	clusterRoleBindings = &kind{rbacv1.SchemeGroupVersion.WithResource("clusterrolebindings"), "ClusterRoleBinding", &rbac.ClusterRoleBinding{},
		clusterrolebinding.Strategy, ""}
	accounts        = &kind{corev1.SchemeGroupVersion.WithResource("serviceaccounts"), "ServiceAccount", &core.ServiceAccount{}, serviceaccount.Strategy, ""}
	roles           = &kind{rbacv1.SchemeGroupVersion.WithResource("roles"), "Role", &rbac.Role{}, role.Strategy, ""}
	roleBindings    = &kind{rbacv1.SchemeGroupVersion.WithResource("rolebindings"), "RoleBinding", &rbac.RoleBinding{}, rolebinding.Strategy, ""}
	priorityClasses = &kind{schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"), "PriorityClass", &scheduling.PriorityClass{},
		priorityclass.Strategy, ""}
	priorityLevels = &kind{flowcontrolv1.SchemeGroupVersion.WithResource("prioritylevelconfigurations"), "PriorityLevelConfiguration",
		&flowcontrol.PriorityLevelConfiguration{}, prioritylevelconfiguration.Strategy, flowManager}
	flowSchemas = &kind{flowcontrolv1.SchemeGroupVersion.WithResource("flowschemas"), "FlowSchema", &flowcontrol.FlowSchema{},
		flowschema.Strategy, flowManager}

	kinds = []*kind{namespaces, accounts, clusterRoles, clusterRoleBindings, roles, roleBindings, priorityClasses, priorityLevels, flowSchemas}
)

// objects that the hooks of this configuration create.
func objects(config *controlplane.Config) (all []seeded) {
	off := config.ControlPlane.Generic.DisabledPostStartHooks
	for _, name := range config.ControlPlane.SystemNamespaces {
		all = append(all, seeded{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, namespaces})
	}
	if !off.Has(rbacrest.PostStartHookName) {
		all = append(all, policy()...)
	}
	if !off.Has(schedulingrest.PostStartHookName) {
		all = appended(all, priorityClasses, schedulingclasses.SystemPriorityClasses())
	}
	all = appended(all, priorityLevels, flowcontrolbootstrap.SuggestedPriorityLevelConfigurations)
	all = appended(all, priorityLevels, flowcontrolbootstrap.MandatoryPriorityLevelConfigurations)
	all = appended(all, flowSchemas, flowcontrolbootstrap.SuggestedFlowSchemas)
	return appended(all, flowSchemas, flowcontrolbootstrap.MandatoryFlowSchemas)
}

// policy is what package bootstrap creates in an empty store. The namespaces of the roles are of the system and exist.
func policy() (all []seeded) {
	all = pointers(all, clusterRoles, bootstrappolicy.ClusterRoles())
	all = pointers(all, clusterRoles, bootstrappolicy.ControllerRoles())
	all = pointers(all, clusterRoleBindings, bootstrappolicy.ClusterRoleBindings())
	all = pointers(all, clusterRoleBindings, bootstrappolicy.ControllerRoleBindings())
	for _, inNamespace := range bootstrappolicy.NamespaceRoles() {
		all = pointers(all, roles, inNamespace)
	}
	for _, inNamespace := range bootstrappolicy.NamespaceRoleBindings() {
		all = pointers(all, roleBindings, inNamespace)
	}
	return append(all, controllers()...)
}

// controllers are the service accounts that the controller manager's controllers work with. It looks for each when it starts a controller, and creates it and
// reads its namespace first if it is missing: three requests one after the other, for each of some forty. One whose controller is
// not started is bound to the controller's role all the same, and nobody has a token for it.
func controllers() (all []seeded) {
	for _, binding := range bootstrappolicy.ControllerRoleBindings() {
		for _, subject := range binding.Subjects {
			if subject.Kind == rbacv1.ServiceAccountKind {
				all = append(all, seeded{&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: subject.Namespace, Name: subject.Name}}, accounts})
			}
		}
	}
	return all
}

// appended copies the objects: those of upstream's variables are not ours.
func appended[T object](all []seeded, of *kind, objects []T) []seeded {
	for _, o := range objects {
		all = append(all, seeded{o.DeepCopyObject().(object), of})
	}
	return all
}

func pointers[T any, P interface {
	*T
	object
}](all []seeded, of *kind, objects []T) []seeded {
	for i := range objects {
		all = append(all, seeded{P(&objects[i]), of})
	}
	return all
}
