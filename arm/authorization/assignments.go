package authorization

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

var assignmentFilters = []string{"atScope()", "assignedTo()", "principalId"}

func (a *Authorization) listAssignments(w http.ResponseWriter, r *route.Request) error {
	scope, err := scopeOf(r)
	if err != nil {
		return err
	}
	f, err := parseFilter(route.Query(r.Request, "$filter"), assignmentFilters...)
	if err != nil {
		return err
	}
	types, err := a.principalTypes(r.Context())
	if err != nil {
		return err
	}
	bodies := []assignmentBody{}
	all, err := identity.Assignments(r.Context(), a.client)
	if err != nil {
		return err
	}
	for _, given := range all {
		if shown(given, scope, f) {
			bodies = append(bodies, assignmentOf(given, r.SubscriptionID(), types[strings.ToLower(given.Spec.Principal)]))
		}
	}
	page, err := paging.Page(r.Request, bodies, func(b assignmentBody) string { return b.ID })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (a *Authorization) principalTypes(ctx context.Context) (map[string]string, error) {
	var list v1alpha1.PrincipalList
	if err := a.client.List(ctx, &list); err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, p := range list.Items {
		types[p.Name] = identity.ARMType(p.Spec.Type)
	}
	return types, nil
}

// given finds the assignment in the path, only at its own scope: a caller who may delete at a group must not reach assignments above it.
func (a *Authorization) given(r *route.Request) (*v1alpha1.RoleAssignment, error) {
	scope, err := scopeOf(r)
	if err != nil {
		return nil, err
	}
	all, err := identity.Assignments(r.Context(), a.client)
	if err != nil {
		return nil, err
	}
	for i, o := range all {
		if strings.EqualFold(o.Name, r.Param("name")) && sameScope(o.Spec.Scope, scope) {
			return &all[i], nil
		}
	}
	return nil, nil
}

func (a *Authorization) getAssignment(w http.ResponseWriter, r *route.Request) error {
	found, err := a.given(r)
	if err != nil {
		return err
	}
	if found == nil {
		return fault.New(fault.RoleAssignmentNotFound, "The role assignment '%s' is not found.", r.Param("name"))
	}
	return a.answer(w, r, http.StatusOK, *found)
}

func (a *Authorization) answer(w http.ResponseWriter, r *route.Request, status int, given v1alpha1.RoleAssignment) error {
	types, err := a.principalTypes(r.Context())
	if err != nil {
		return err
	}
	return route.JSON(w, status, assignmentOf(given, r.SubscriptionID(), types[strings.ToLower(given.Spec.Principal)]))
}

func (a *Authorization) putAssignment(w http.ResponseWriter, r *route.Request) error {
	if !naming.GUID(r.Param("name")) {
		return fault.New(fault.InvalidRoleAssignmentID, "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", r.Param("name"))
	}
	want, err := readAssignment(r.Request)
	if err != nil {
		return err
	}
	uid, scope, err := a.subject(r.Context(), r)
	if err != nil {
		return err
	}
	if err := a.checkPrincipal(r, want); err != nil {
		return err
	}
	made := &v1alpha1.RoleAssignment{
		ObjectMeta: metav1.ObjectMeta{
			Name:        strings.ToLower(r.Param("name")),
			Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: r.CorrelationID},
		},
		Spec: v1alpha1.RoleAssignmentSpec{
			Principal: strings.ToLower(want.principal), Role: want.role.Name, Scope: scope, ScopeUID: uid,
			Description: want.comment, CreatedBy: r.Caller.Principal,
		},
	}
	all, err := identity.Assignments(r.Context(), a.client)
	if err != nil {
		return err
	}
	present, err := decide(all, made.Name, made.Spec)
	if err != nil {
		return err
	}
	if present != nil {
		return a.answer(w, r, http.StatusOK, *present)
	}
	err = a.client.Create(r.Context(), made, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsAlreadyExists(err) {
		return fault.New(fault.RoleAssignmentExists, "The role assignment already exists. The ID of the existing role assignment is %s.", made.Name)
	}
	if err != nil {
		return err
	}
	return a.answer(w, r, http.StatusCreated, *made)
}

// checkPrincipal says, as Azure does, that a principal is not in the subscription's directory or is of another type.
func (a *Authorization) checkPrincipal(r *route.Request, want wanted) error {
	tenant := r.Caller.TenantID
	if r.Subscription != nil {
		tenant = r.Subscription.Spec.TenantID
	}
	p := &v1alpha1.Principal{}
	missing := !naming.GUID(want.principal)
	if !missing {
		got := a.client.Get(r.Context(), client.ObjectKey{Name: strings.ToLower(want.principal)}, p)
		if client.IgnoreNotFound(got) != nil {
			return got
		}
		missing = got != nil || (r.Subscription != nil && !strings.EqualFold(p.Spec.TenantID, tenant))
	}
	switch {
	case missing:
		return fault.New(fault.PrincipalNotFound, "Principal %s does not exist in the directory %s. Check that you have the correct principal ID.",
			want.principal, tenant).At("properties.principalId")
	case want.principalType != "" && !strings.EqualFold(want.principalType, identity.ARMType(p.Spec.Type)):
		return fault.New(fault.UnmatchedPrincipalType, "The PrincipalId '%s' has type '%s', which is different from specified PrincipalType '%s'.",
			want.principal, identity.ARMType(p.Spec.Type), want.principalType).At("properties.principalType")
	}
	return nil
}

func (a *Authorization) deleteAssignment(w http.ResponseWriter, r *route.Request) error {
	found, err := a.given(r)
	if err != nil {
		return err
	}
	if found == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	err = a.guard.Change(r.Context(), func(s identity.State) identity.State {
		s.Assignments = slices.DeleteFunc(slices.Clone(s.Assignments), func(o v1alpha1.RoleAssignment) bool { return o.Name == found.Name })
		return s
	}, func() error {
		return client.IgnoreNotFound(a.client.Delete(r.Context(), found))
	})
	if errors.Is(err, identity.ErrLastOwner) {
		return fault.New(fault.LastOwner, "Cannot delete the last RBAC admin assignment: no other principal that can log in is "+
			"Owner of '/'. Give that role to another principal first.")
	}
	if err != nil {
		return err
	}
	return a.answer(w, r, http.StatusOK, *found)
}
