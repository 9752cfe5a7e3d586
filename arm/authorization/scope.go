package authorization

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/route"
)

// scopeOf is the scope that a request's path names, as the caller wrote it. A name with a slash in it could pass for a path.
func scopeOf(r *route.Request) (string, error) {
	scope := ""
	for _, step := range []struct{ before, param string }{
		{"/subscriptions/", "subscription"}, {"/resourceGroups/", "group"}, {"/providers/", "namespace"}, {"/", "type"}, {"/", "resource"},
	} {
		name := r.Param(step.param)
		if name == "" {
			break
		}
		if strings.Contains(name, "/") {
			return "", fault.New(fault.InvalidParameter, "The name '%s' in the scope is not valid: it has a slash.", name)
		}
		if step.param == "subscription" {
			name = strings.ToLower(name)
		}
		scope += step.before + name
	}
	if scope == "" {
		return "/", nil
	}
	return scope, nil
}

// subject is the resource at the scope: its UID, and its scope in the case that it was created with. Roles are assigned only at existing ones.
func (a *Authorization) subject(ctx context.Context, r *route.Request) (types.UID, string, error) {
	scope, err := scopeOf(r)
	if err != nil {
		return "", "", err
	}
	sub, name := r.SubscriptionID(), r.Param("group")
	switch {
	case sub == "":
		return "", "/", nil
	case name == "":
		return r.Subscription.UID, scope, nil
	case r.Param("resource") == "":
		g, err := inventory.WritableGroup(ctx, a.client, sub, name)
		if err != nil {
			return "", "", err
		}
		return g.UID, v1alpha1.ResourceGroupID(sub, g.Spec.Name), nil
	case strings.EqualFold(r.Param("namespace")+"/"+r.Param("type"), v1alpha1.ManagedClusterType):
		c, err := inventory.ExistingCluster(ctx, a.client, sub, name, r.Param("resource"))
		if err != nil {
			return "", "", err
		}
		return c.UID, c.ID(), nil
	}
	return "", "", inventory.NotFound(r.Param("namespace")+"/"+r.Param("type")+"/"+r.Param("resource"), name)
}
