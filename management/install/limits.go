package install

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// limitsName of the policy and of its binding.
const limitsName = "lotse-limits"

// variables of the policy. A Namespace's own name is its place.
var limitVariables = []admissionregistrationv1.Variable{
	{Name: "kind", Expression: `request.resource.resource`},
	{Name: "place", Expression: `variables.kind == 'namespaces' ? (has(request.name) ? request.name : '') : (has(request.namespace) ? request.namespace : '')`},
	// What is not stored in a place: Lotse's own kinds, reviews, and events, which record what happened to an object, wherever it is.
	{Name: "placeless", Expression: `request.resource.group in ['lotse.dev', 'authentication.k8s.io', 'authorization.k8s.io'] || variables.kind == 'events'`},
	{Name: "system", Expression: `variables.place == 'lotse-system' && variables.kind != 'namespaces'`},
	{Name: "named", Expression: `variables.place.startsWith('mc-') || variables.place.startsWith('sub-')`},
	{Name: "nodes", Expression: `variables.place.matches('^mc-.*-nodes$')`},
	{Name: "workload", Expression: `variables.kind in ['pods', 'deployments', 'statefulsets']`},
	{Name: "writes", Expression: `request.operation in ['CREATE', 'UPDATE']`},
	// The labels of the namespace that is written to, or of the one that is written.
	{Name: "labels", Expression: `variables.kind != 'namespaces' ?
  (namespaceObject != null && has(namespaceObject.metadata.labels) ? namespaceObject.metadata.labels : {}) :
  request.operation == 'CREATE' ? (has(object.metadata.labels) ? object.metadata.labels : {}) :
  (has(oldObject.metadata.labels) ? oldObject.metadata.labels : {})`},
	{Name: "level", Expression: `variables.nodes ? 'privileged' : 'restricted'`},
	{Name: "pod", Expression: `variables.kind == 'pods' && variables.writes`},
}

// limitValidations must all be true of a write of Lotse's service account.
var limitValidations = []admissionregistrationv1.Validation{
	{
		Expression: `variables.placeless || variables.system || variables.named && 'lotse.dev/subscription' in variables.labels`,
		Message:    "Lotse writes only to its own namespaces: lotse-system, and those that it made for subscriptions and clusters",
	},
	{
		Expression: `variables.placeless || !variables.system || variables.kind == 'leases' ||
  variables.kind == 'secrets' && has(request.name) && (request.name.startsWith('principal-') || request.name.startsWith('device-'))`,
		Message: "in lotse-system Lotse writes only leases and the Secrets of log-ins (principal-*, device-*)",
	},
	{
		Expression: `variables.kind != 'namespaces' || !variables.writes || has(object.metadata.labels) &&
  'lotse.dev/subscription' in object.metadata.labels &&
  'pod-security.kubernetes.io/enforce' in object.metadata.labels &&
  object.metadata.labels['pod-security.kubernetes.io/enforce'] == variables.level &&
  !('pod-security.kubernetes.io/enforce-version' in object.metadata.labels)`,
		Message: "a namespace of Lotse must admit restricted Pods only; namespaces of machines (mc-*-nodes) admit privileged ones",
	},
	{
		Expression: `variables.kind != 'secrets' || !variables.writes || !has(object.type) || object.type != 'kubernetes.io/service-account-token'`,
		Message:    "Lotse must not create tokens of service accounts",
	},
	{
		Expression: `!variables.workload || variables.place.startsWith('mc-')`,
		Message:    "Lotse runs only control planes and machines, in namespaces of clusters (mc-*)",
	},
	{
		Expression: `!variables.workload || !variables.nodes || variables.kind == 'pods'`,
		Message:    "in a namespace of machines Lotse creates Pods only",
	},
	{
		Expression: `!variables.pod || !(has(object.spec.hostNetwork) && object.spec.hostNetwork) &&
  !(has(object.spec.hostPID) && object.spec.hostPID) && !(has(object.spec.hostIPC) && object.spec.hostIPC)`,
		Message: "a Pod of Lotse must not share network, processes or memory of its host",
	},
	{
		Expression: `variables.kind != 'services' || !variables.writes || !has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0`,
		Message:    "a Service of Lotse must not have external addresses",
	},
}

// limits restrict the writes of Lotse's service account to Lotse's own objects. Its role has to be one for the whole management cluster, because a role cannot name
// "the namespaces that you made"; this policy can. It is about writes: an admission policy does not see what is read.
func limits() []client.Object {
	every := []string{"*"}
	return []client.Object{
		&admissionregistrationv1.ValidatingAdmissionPolicy{
			ObjectMeta: clusterMeta(limitsName),
			Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
				FailurePolicy: ptr.To(admissionregistrationv1.Fail),
				MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
					RuleWithOperations: admissionregistrationv1.RuleWithOperations{
						Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.OperationAll},
						Rule:       admissionregistrationv1.Rule{APIGroups: every, APIVersions: every, Resources: []string{"*/*"}},
					},
				}}},
				MatchConditions: []admissionregistrationv1.MatchCondition{{
					Name: "lotse", Expression: `request.userInfo.username == 'system:serviceaccount:` + systemNamespace + `:` + lotseName + `'`,
				}},
				Variables:   limitVariables,
				Validations: limitValidations,
			},
		},
		&admissionregistrationv1.ValidatingAdmissionPolicyBinding{
			ObjectMeta: clusterMeta(limitsName),
			Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
				PolicyName:        limitsName,
				ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
			},
		},
	}
}
