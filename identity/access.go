package identity

import (
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
)

// Allowed reports whether the principal may do the action at the scope: one of its roles permits it there or above.
func Allowed(assignments []v1alpha1.RoleAssignment, principal, action, scope string) bool {
	for _, a := range assignments {
		if of(a, principal) && Within(scope, a.Spec.Scope) && permits(a.Spec.Role, action) {
			return true
		}
	}
	return false
}

// Sees reports whether the principal has any role at the scope, above it or below it. A subscription it does not see does not exist for it.
func Sees(assignments []v1alpha1.RoleAssignment, principal, scope string) bool {
	for _, a := range assignments {
		if of(a, principal) && (Within(scope, a.Spec.Scope) || Within(a.Spec.Scope, scope)) {
			return true
		}
	}
	return false
}

// Within reports whether an ARM scope is another one or below it. Case does not matter; segments do: /a/bc is not within /a/b.
func Within(scope, above string) bool {
	s, a := normalized(scope), normalized(above)
	return a == "" || s == a || strings.HasPrefix(s, a+"/")
}

func normalized(scope string) string {
	if s := strings.ToLower(strings.Trim(scope, "/")); s != "" {
		return "/" + s
	}
	return ""
}

func of(a v1alpha1.RoleAssignment, principal string) bool {
	return principal != "" && strings.EqualFold(a.Spec.Principal, principal)
}

// Administered reports whether a principal that is Owner of everything can log in. The last one must not be removed: that could not be undone.
func Administered(assignments []v1alpha1.RoleAssignment, principals []v1alpha1.Principal, now time.Time) bool {
	for _, p := range principals {
		if !p.Spec.Disabled && canLogIn(p, now) && ownsEverything(assignments, p.Name) {
			return true
		}
	}
	return false
}

func canLogIn(p v1alpha1.Principal, now time.Time) bool {
	for _, s := range p.Spec.Secrets {
		if !Expired(s, now) {
			return true
		}
	}
	return false
}

func ownsEverything(assignments []v1alpha1.RoleAssignment, principal string) bool {
	for _, a := range assignments {
		if of(a, principal) && a.Spec.Role == Owner && normalized(a.Spec.Scope) == "" {
			return true
		}
	}
	return false
}

// Expired reports whether the secret is no longer accepted.
func Expired(s v1alpha1.PrincipalSecret, now time.Time) bool {
	return s.ExpiresAt != nil && !now.Before(s.ExpiresAt.Time)
}
