package containerservice

import (
	"net/http"
	"strings"

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
	powerSchedulesPath = clusterPath + "/powerSchedules"
	powerSchedulePath  = powerSchedulesPath + "/{schedule}"
)

func (p *Provider) powerScheduleRoutes() route.Table {
	r := func(method, pattern, action string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Action: wire.PowerScheduleType + "/" + action, Since: since, Handle: h}
	}
	return route.Table{
		r(http.MethodGet, powerSchedulesPath, "read", p.listPowerSchedules),
		r(http.MethodGet, powerSchedulePath, "read", p.getPowerSchedule),
		r(http.MethodPut, powerSchedulePath, "write", concurrency.RetryOnConflict(p.putPowerSchedule)),
		r(http.MethodDelete, powerSchedulePath, "delete", concurrency.RetryOnConflict(p.deletePowerSchedule)),
	}
}

// powerSchedule of a cluster. It is false if there is none; then it has metadata to be created with.
func (p *Provider) powerSchedule(r *route.Request, c *v1alpha1.ManagedCluster, remove bool) (*v1alpha1.PowerSchedule, bool, error) {
	s := &v1alpha1.PowerSchedule{}
	exists, err := p.readChild(r, c, c.PowerScheduleID(), s, remove)
	if err == nil && !exists {
		s = &v1alpha1.PowerSchedule{ObjectMeta: childMeta(c, c.PowerScheduleID()), Spec: v1alpha1.PowerScheduleSpec{Cluster: c.Name}}
	}
	return s, exists, err
}

// named reports whether the schedule in the path is the one that a cluster can have.
func named(r *route.Request) bool {
	return strings.EqualFold(r.Param("schedule"), v1alpha1.PowerScheduleName)
}

func (p *Provider) listPowerSchedules(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	s, exists, err := p.powerSchedule(r, c, false)
	if err != nil {
		return err
	}
	bodies := []wire.PowerSchedule{}
	if exists {
		bodies = append(bodies, wire.PowerScheduleOf(c, s, p.clock.Now()))
	}
	page, err := paging.Page(r.Request, bodies, func(s wire.PowerSchedule) string { return s.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (p *Provider) getPowerSchedule(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	s, exists, err := p.powerSchedule(r, c, false)
	if err != nil {
		return err
	}
	if !exists || !named(r) {
		return inventory.NotFound(wire.ClusterType+"/"+c.Spec.Name+"/powerSchedules/"+r.Param("schedule"), r.Param("group"))
	}
	return p.answerPowerSchedule(w, c, s)
}

// putPowerSchedule replaces the schedule. It changes nothing of the cluster: its times come one by one.
func (p *Provider) putPowerSchedule(w http.ResponseWriter, r *route.Request) error {
	if !named(r) {
		return fault.New(fault.InvalidParameter, "The value of parameter scheduleName is invalid: the power schedule of a cluster is named '%s', not '%.80s'.",
			v1alpha1.PowerScheduleName, r.Param("schedule")).At("scheduleName")
	}
	c, err := p.writableCluster(r)
	if err != nil {
		return err
	}
	s, exists, err := p.powerSchedule(r, c, true)
	if err != nil {
		return err
	}
	if err := etag.Check(r.Header, childTag(s, exists)); err != nil {
		return err
	}
	o, err := body.Read(r.Request, nil)
	if err != nil {
		return err
	}
	s.Spec, err = request.DecodePowerSchedule(o, s.Spec, p.clock.Now())
	if err != nil {
		return err
	}
	if err := p.writeChild(r, s, exists); err != nil {
		return err
	}
	return p.answerPowerSchedule(w, c, s)
}

func (p *Provider) answerPowerSchedule(w http.ResponseWriter, c *v1alpha1.ManagedCluster, s *v1alpha1.PowerSchedule) error {
	etag.Set(w.Header(), childTag(s, true))
	return route.JSON(w, http.StatusOK, wire.PowerScheduleOf(c, s, p.clock.Now()))
}

func (p *Provider) deletePowerSchedule(w http.ResponseWriter, r *route.Request) error {
	c, err := p.cluster(r)
	if err != nil {
		return err
	}
	s, exists, err := p.powerSchedule(r, c, false)
	if err != nil {
		return err
	}
	return p.removeChild(w, r, s, exists && named(r))
}
