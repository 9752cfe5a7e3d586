package principals

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
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

func (p *Principals) list(w http.ResponseWriter, r *route.Request) error {
	var list v1alpha1.PrincipalList
	if err := p.client.List(r.Context(), &list); err != nil {
		return err
	}
	bodies := []principalBody{}
	for _, found := range list.Items {
		bodies = append(bodies, principalOf(found, p.clock.Now()))
	}
	page, err := paging.Page(r.Request, bodies, func(b principalBody) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

// find the principal in the path; nil if there is none.
func (p *Principals) find(r *route.Request) (*v1alpha1.Principal, error) {
	found := &v1alpha1.Principal{}
	if !naming.GUID(r.Param("principal")) {
		return nil, nil
	}
	err := p.client.Get(r.Context(), client.ObjectKey{Name: strings.ToLower(r.Param("principal"))}, found)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// existing finds the principal in the path or says that there is none.
func (p *Principals) existing(r *route.Request) (*v1alpha1.Principal, error) {
	found, err := p.find(r)
	if err == nil && found == nil {
		err = fault.New(fault.ResourceNotFound, "The principal '%s' was not found.", r.Param("principal"))
	}
	return found, err
}

func (p *Principals) get(w http.ResponseWriter, r *route.Request) error {
	found, err := p.existing(r)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, principalOf(*found, p.clock.Now()))
}

func (p *Principals) put(w http.ResponseWriter, r *route.Request) error {
	if !naming.GUID(r.Param("principal")) {
		return fault.New(fault.InvalidResourceName, "The principal's name '%s' is not a GUID.", r.Param("principal"))
	}
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if found != nil {
		return p.update(w, r, found)
	}
	name := strings.ToLower(r.Param("principal"))
	made := &v1alpha1.Principal{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: r.CorrelationID}},
		Spec:       v1alpha1.PrincipalSpec{TenantID: r.Caller.TenantID, SecretName: "principal-" + name},
	}
	if err := readPrincipal(r.Request, nil, &made.Spec); err != nil {
		return err
	}
	err = p.guard.Change(r.Context(), same, func() error { return p.create(r.Context(), made) })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, principalOf(*made, p.clock.Now()))
}

func same(s identity.State) identity.State { return s }

// create the principal unless another one has its user name. The guard lets one at a time do this.
func (p *Principals) create(ctx context.Context, made *v1alpha1.Principal) error {
	var list v1alpha1.PrincipalList
	if err := p.client.List(ctx, &list); err != nil {
		return err
	}
	for _, other := range list.Items {
		if made.Spec.UserName != "" && strings.EqualFold(other.Spec.UserName, made.Spec.UserName) {
			return fault.New(fault.Conflict, "The user name '%s' is taken by principal %s.", made.Spec.UserName, other.Name).At("properties.userName")
		}
	}
	return p.client.Create(ctx, made, client.FieldOwner(v1alpha1.FieldManager))
}

func (p *Principals) update(w http.ResponseWriter, r *route.Request, found *v1alpha1.Principal) error {
	present := principalOf(*found, p.clock.Now())
	if err := readPrincipal(r.Request, &present, &found.Spec); err != nil {
		return err
	}
	metav1.SetMetaDataAnnotation(&found.ObjectMeta, v1alpha1.AnnotationCorrelationID, r.CorrelationID)
	if err := p.replace(r, found); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, principalOf(*found, p.clock.Now()))
}

// replace writes a changed principal, unless no principal could administer Lotse after it.
func (p *Principals) replace(r *route.Request, changed *v1alpha1.Principal) error {
	err := p.guard.Change(r.Context(), func(s identity.State) identity.State {
		s.Principals = slices.Clone(s.Principals)
		for i := range s.Principals {
			if s.Principals[i].Name == changed.Name {
				s.Principals[i] = *changed
			}
		}
		return s
	}, func() error { return p.client.Update(r.Context(), changed, client.FieldOwner(v1alpha1.FieldManager)) })
	return lastOwner(err)
}

func lastOwner(err error) error {
	if errors.Is(err, identity.ErrLastOwner) {
		return fault.New(fault.LastOwner, "The principal is the last one that can log in and is Owner of '/': without it no principal could administer "+
			"Lotse any "+
			"more. Give that role to another principal that has a secret first.")
	}
	return err
}

// delete the principal's roles first: if the process dies in between, the principal has no roles, and one that is created under the same
// GUID has none either.
func (p *Principals) delete(w http.ResponseWriter, r *route.Request) error {
	found, err := p.find(r)
	if err != nil {
		return err
	}
	if found == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	err = p.guard.Change(r.Context(), func(s identity.State) identity.State {
		s.Principals = slices.DeleteFunc(slices.Clone(s.Principals), func(o v1alpha1.Principal) bool { return o.Name == found.Name })
		return s
	}, func() error { return p.remove(r, found) })
	if err != nil {
		return lastOwner(err)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (p *Principals) remove(r *route.Request, found *v1alpha1.Principal) error {
	all, err := identity.Assignments(r.Context(), p.client)
	if err != nil {
		return err
	}
	for i, a := range all {
		if !strings.EqualFold(a.Spec.Principal, found.Name) {
			continue
		}
		if err := p.client.Delete(r.Context(), &all[i]); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: found.Spec.SecretName}}
	for _, o := range []client.Object{found, secret} {
		if err := p.client.Delete(r.Context(), o); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}
