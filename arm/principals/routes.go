package principals

import (
	"net/http"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

const (
	since    = "2026-11-01"
	provider = "Lotse.Identity"
	kind     = provider + "/principals"
	all      = "/providers/" + kind
	one      = all + "/{principal}"
)

// Principals serves the routes of this package.
type Principals struct {
	client client.Client
	guard  *identity.Guard
	clock  clock.PassiveClock
}

// New principals. The client must not read from a cache: a read sees the write before it.
func New(c client.Client, guard *identity.Guard, now clock.PassiveClock) *Principals {
	return &Principals{client: c, guard: guard, clock: now}
}

// Routes of Lotse.Identity.
func (p *Principals) Routes() route.Table {
	r := func(method, pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: kind + "/" + action, Since: since, Handle: h}
	}
	return route.Table{
		r(http.MethodGet, all, "read", p.list),
		r(http.MethodGet, one, "read", p.get),
		r(http.MethodPut, one, "write", p.put),
		r(http.MethodDelete, one, "delete", p.delete),
		r(http.MethodGet, one+"/secrets", "secrets/read", p.listSecrets),
		r(http.MethodPost, one+"/addSecret", "addSecret/action", p.addSecret),
		r(http.MethodDelete, one+"/secrets/{secret}", "secrets/delete", p.deleteSecret),
	}
}
