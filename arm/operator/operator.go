package operator

import (
	"context"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Logs opens the log of a container on the management cluster.
type Logs func(ctx context.Context, namespace, pod string, options *corev1.PodLogOptions) (io.ReadCloser, error)

// Provider serves Lotse.Operations.
type Provider struct {
	Client client.Reader
	Clock  clock.PassiveClock
	// Registered resource providers, whose operations the status shows.
	Registered []provider.Registration
	// Logs may be nil; then there are none.
	Logs Logs
	// Closing ends when the front door does; streams end with it.
	Closing context.Context
}

const (
	operations = "/providers/Lotse.Operations"
	ofCluster  = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + v1alpha1.ManagedClusterType + "/{cluster}" + operations
)

// Routes of Lotse.Operations. They know no api-version: they change with the command line that uses them.
func (p *Provider) Routes() route.Table {
	get := func(pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: http.MethodGet, Pattern: pattern, Action: "Lotse.Operations/" + action, Handle: owners(h)}
	}
	return route.Table{
		get(operations+"/status", "status/read", p.status),
		get(operations+"/components/{component}/logs", "components/logs/action", p.ownLogs),
		get(ofCluster+"/components/{component}/logs", "components/logs/action", p.clusterLogs),
	}
}

// owners admits only Owners of everything. The middleware has checked the role at the request's scope, which a customer can have too.
func owners(next route.Handler) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		for _, a := range r.Assignments {
			if strings.EqualFold(a.Spec.Principal, r.Caller.Principal) && a.Spec.Role == identity.Owner && identity.Within("/", a.Spec.Scope) {
				return next(w, r)
			}
		}
		return fault.New(fault.AuthorizationFailed, "The client '%s' with object id '%s' does not have authorization to perform action '%s': it is "+
			"for those who operate this service, with role Owner at scope '/'.", r.Caller.Name(), r.Caller.Principal, r.Action)
	}
}

// Streams reports a request that may last: a log that is followed.
func Streams(r *http.Request) bool {
	path := strings.ToLower(r.URL.Path)
	return strings.Contains(path, strings.ToLower(operations)+"/") && strings.HasSuffix(path, "/logs") && route.Query(r, "follow") == "true"
}
