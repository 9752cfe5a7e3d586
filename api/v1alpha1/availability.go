package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MeasureAvailability goes on with a measurement, given the control plane's health before and now. It begins when the API server answers
// for the first time.
func MeasureAvailability(so *Availability, before, after []ComponentHealth, now metav1.Time) *Availability {
	was, is := healthOf(before, ComponentAPIServer), healthOf(after, ComponentAPIServer)
	switch {
	case so == nil && is.Healthy:
		return &Availability{Since: now}
	case so == nil || was.Name == "" || was.Healthy || !is.Healthy:
		return so
	}
	return &Availability{Since: so.Since, UnavailableSeconds: so.UnavailableSeconds + int64(now.Sub(was.Since.Time).Seconds())}
}

// Awake goes on with a measurement after a stop from one time to another, which does not count: the time since the API server first answered
// is then that in which the cluster was to run.
func (a *Availability) Awake(from, to metav1.Time) *Availability {
	if a == nil {
		return nil
	}
	return &Availability{Since: metav1.NewTime(a.Since.Add(to.Sub(from.Time))), UnavailableSeconds: a.UnavailableSeconds}
}

// AvailabilityAt is the part of the time since the API server first answered in which it was ready, 0 to 1.
func (c *ManagedCluster) AvailabilityAt(now time.Time) (ratio float64, measured bool) {
	a := c.Status.Availability
	if stopped := c.Status.StoppedAt; stopped != nil {
		now = stopped.Time
	}
	if a == nil || !now.After(a.Since.Time) {
		return 0, false
	}
	down := float64(a.UnavailableSeconds)
	if h := healthOf(c.Status.Components, ComponentAPIServer); h.Name != "" && !h.Healthy {
		down += max(0, now.Sub(h.Since.Time).Seconds()) // a cluster that starts is down since after its stop
	}
	return max(0, 1-down/now.Sub(a.Since.Time).Seconds()), true
}

func healthOf(all []ComponentHealth, name string) ComponentHealth {
	for _, h := range all {
		if h.Name == name {
			return h
		}
	}
	return ComponentHealth{}
}
