package hosted

import (
	"context"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/release"
)

// subjects of version gates, and how their names are found.
var subjects = map[release.Subject]func(context.Context, client.Reader) ([]string, error){
	release.DRADrivers:   draDrivers,
	release.NodeLogRoles: nodeLogRoles,
}

// draDrivers are those that publish devices.
func draDrivers(ctx context.Context, c client.Reader) (names []string, err error) {
	published := &resourcev1.ResourceSliceList{}
	if err := list(ctx, c, published); err != nil {
		if meta.IsNoMatchError(err) {
			return nil, nil // a version that serves none
		}
		return nil, err
	}
	for _, s := range published.Items {
		names = append(names, s.Spec.Driver)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// defaults marks what Kubernetes makes itself.
const defaults = "kubernetes.io/bootstrapping"

// nodeLogRoles are cluster roles that name the logs of nodes. Those for everything are administrators', and those of Kubernetes itself are as upstream wants
// them.
func nodeLogRoles(ctx context.Context, c client.Reader) (names []string, err error) {
	roles := &rbacv1.ClusterRoleList{}
	if err := list(ctx, c, roles); err != nil {
		return nil, err
	}
	for _, role := range roles.Items {
		if role.Labels[defaults] == "" && slices.ContainsFunc(role.Rules, readsNodeLogs) {
			names = append(names, role.Name)
		}
	}
	return names, nil
}

func readsNodeLogs(r rbacv1.PolicyRule) bool {
	return slices.ContainsFunc(r.APIGroups, func(g string) bool { return g == "" || g == "*" }) &&
		slices.ContainsFunc(r.Resources, func(s string) bool { return s == "nodes/log" || s == "*/log" })
}
