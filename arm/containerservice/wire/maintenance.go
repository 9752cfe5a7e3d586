package wire

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
	"lotse.dev/schedule/maintenance"
)

// Types of what belongs to a cluster and has no operations.
const (
	MaintenanceType   = ClusterType + "/maintenanceConfigurations"
	PowerScheduleType = ClusterType + "/powerSchedules"
)

// Maintenance is the body of a maintenance configuration.
type Maintenance struct {
	Identifiers
	Properties maintenanceProperties `json:"properties"`
}

type maintenanceProperties struct {
	TimeInWeek        []v1alpha1.TimeInWeek       `json:"timeInWeek,omitempty"`
	NotAllowedTime    []v1alpha1.TimeSpan         `json:"notAllowedTime,omitempty"`
	MaintenanceWindow *v1alpha1.MaintenanceWindow `json:"maintenanceWindow,omitempty"`
	LotseProfile      maintenanceProfile          `json:"lotseProfile"`
}

// maintenanceProfile is what Lotse shows beyond AKS.
type maintenanceProfile struct {
	// TimeZone of the window, instead of its utcOffset. AKS has only that.
	TimeZone string `json:"timeZone,omitempty"`
	// Open says whether something may begin now, and Reason why.
	Open   bool   `json:"open"`
	Reason string `json:"reason"`
	// Next is the present window if one is open, or else the one to come.
	Next *span `json:"next,omitempty"`
}

type span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// MaintenanceOf shows a maintenance configuration as it is at an instant.
func MaintenanceOf(c *v1alpha1.ManagedCluster, spec v1alpha1.MaintenanceConfigurationSpec, now time.Time) Maintenance {
	at := maintenance.At(spec, now)
	p := maintenanceProperties{
		TimeInWeek: spec.TimeInWeek, NotAllowedTime: spec.NotAllowedTime,
		LotseProfile: maintenanceProfile{Open: at.Open, Reason: at.Reason, Next: spanOf(at.Next)},
	}
	if spec.MaintenanceWindow != nil {
		w := *spec.MaintenanceWindow
		p.LotseProfile.TimeZone, w.TimeZone = w.TimeZone, ""
		p.MaintenanceWindow = &w
	}
	return Maintenance{Identifiers{c.MaintenanceConfigurationID(spec.Name), spec.Name, MaintenanceType}, p}
}

func spanOf(s *schedule.Span) *span {
	if s == nil {
		return nil
	}
	return &span{s.Start.UTC(), s.End.UTC()}
}
