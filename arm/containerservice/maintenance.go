package containerservice

import (
	"net/http"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

const (
	maintenancesPath = clusterPath + "/maintenanceConfigurations"
	maintenancePath  = maintenancesPath + "/{configuration}"
)

func (p *Provider) maintenanceRoutes() route.Table {
	r := func(method, pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: wire.MaintenanceType + "/" + action, Since: since, Handle: h}
	}
	return route.Table{
		r(http.MethodGet, maintenancesPath, "read", p.listMaintenance),
		r(http.MethodGet, maintenancePath, "read", p.getMaintenance),
		r(http.MethodPut, maintenancePath, "write", concurrency.RetryOnConflict(p.putMaintenance)),
		r(http.MethodDelete, maintenancePath, "delete", concurrency.RetryOnConflict(p.deleteMaintenance)),
	}
}

// listMaintenance of a cluster, ordered by name.
func (p *Provider) listMaintenance(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	var list v1alpha1.MaintenanceConfigurationList
	if err := p.client.List(r.Context(), &list, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name}); err != nil {
		return err
	}
	bodies := []wire.Maintenance{}
	for _, m := range list.Items {
		if c.IsOwner(m.OwnerReferences) {
			bodies = append(bodies, wire.MaintenanceOf(c, m.Spec, p.clock.Now()))
		}
	}
	slices.SortFunc(bodies, func(a, b wire.Maintenance) int { return strings.Compare(a.Name, b.Name) })
	page, err := paging.Page(r.Request, bodies, func(m wire.Maintenance) string { return m.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (p *Provider) getMaintenance(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	m, exists, err := p.maintenance(r, c, false)
	if err != nil {
		return err
	}
	if !exists {
		return inventory.NotFound(wire.ClusterType+"/"+c.Spec.Name+"/maintenanceConfigurations/"+r.Param("configuration"), r.Param("group"))
	}
	return p.answerMaintenance(w, c, m)
}

// maintenance is the configuration in the path. It is false if there is none, as there never is of an unknown name; then it has metadata to be created
// with.
func (p *Provider) maintenance(r *route.Request, c *v1alpha1.ManagedCluster, remove bool) (*v1alpha1.MaintenanceConfiguration, bool, error) {
	name, known := v1alpha1.MaintenanceName(r.Param("configuration"))
	if !known {
		return nil, false, nil
	}
	m := &v1alpha1.MaintenanceConfiguration{}
	exists, err := p.readChild(r, c, c.MaintenanceConfigurationID(name), m, remove)
	if err == nil && !exists {
		m = &v1alpha1.MaintenanceConfiguration{
			ObjectMeta: childMeta(c, c.MaintenanceConfigurationID(name)),
			Spec:       v1alpha1.MaintenanceConfigurationSpec{Cluster: c.Name, Name: name},
		}
	}
	return m, exists, err
}

func (p *Provider) putMaintenance(w http.ResponseWriter, r *route.Request) error {
	if _, known := v1alpha1.MaintenanceName(r.Param("configuration")); !known {
		return fault.New(fault.InvalidParameter, "The value of parameter configName is invalid: a maintenance configuration is named %s; '%.80s' is none of them.",
			strings.Join(v1alpha1.MaintenanceNames, ", "), r.Param("configuration")).At("configName")
	}
	c, err := p.writableCluster(r)
	if err != nil {
		return err
	}
	m, exists, err := p.maintenance(r, c, true)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, childTag(m, exists)); err != nil {
		return err
	}
	o, err := body.Read(r.Request, nil)
	if err != nil {
		return err
	}
	m.Spec, err = request.DecodeMaintenance(o, v1alpha1.MaintenanceConfigurationSpec{Cluster: c.Name, Name: m.Spec.Name}, p.clock.Now())
	if err != nil {
		return err
	}
	if err := p.writeChild(r, m, exists); err != nil {
		return err
	}
	return p.answerMaintenance(w, c, m)
}

func (p *Provider) answerMaintenance(w http.ResponseWriter, c *v1alpha1.ManagedCluster, m *v1alpha1.MaintenanceConfiguration) error {
	etag.Set(w.Header(), childTag(m, true))
	return route.JSON(w, http.StatusOK, wire.MaintenanceOf(c, m.Spec, p.clock.Now()))
}

func (p *Provider) deleteMaintenance(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	m, exists, err := p.maintenance(r, c, false)
	if err != nil {
		return err
	}
	return p.removeChild(w, r, m, exists)
}
