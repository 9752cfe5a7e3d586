package v1alpha1

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Maintenance configurations that a cluster can have, by AKS's names.
const (
	// MaintenanceDefault is for what the service does by itself.
	MaintenanceDefault = "default"
	// MaintenanceAutoUpgrade is for automatic upgrades of Kubernetes.
	MaintenanceAutoUpgrade = "aksManagedAutoUpgradeSchedule"
	// MaintenanceNodeOS is for automatic upgrades of nodes' operating systems.
	MaintenanceNodeOS = "aksManagedNodeOSUpgradeSchedule"
)

// MaintenanceNames are the names of maintenance configurations.
var MaintenanceNames = []string{MaintenanceDefault, MaintenanceAutoUpgrade, MaintenanceNodeOS}

// MaintenanceName is a name as MaintenanceNames has it, whatever its case; false if it is none of them.
func MaintenanceName(name string) (string, bool) {
	i := slices.IndexFunc(MaintenanceNames, func(known string) bool { return strings.EqualFold(known, name) })
	if i < 0 {
		return "", false
	}
	return MaintenanceNames[i], true
}

// TimeInWeek are hours of a weekday, UTC.
type TimeInWeek struct {
	// +kubebuilder:validation:Enum=Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday
	Day string `json:"day"`
	// HourSlots are hours, each from its beginning to the next: 1 is from 01:00 to 02:00.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=24
	// +listType=set
	HourSlots []int32 `json:"hourSlots"`
}

// TimeSpan in which nothing begins.
type TimeSpan struct {
	Start metav1.Time `json:"start"`
	End   metav1.Time `json:"end"`
}

// DateSpan are days in which nothing begins, the last one included.
type DateSpan struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// DailySchedule recurs each so many days.
type DailySchedule struct {
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=7
	IntervalDays int32 `json:"intervalDays"`
}

// WeeklySchedule recurs each so many weeks.
type WeeklySchedule struct {
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4
	IntervalWeeks int32 `json:"intervalWeeks"`
	// +kubebuilder:validation:Enum=Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday
	DayOfWeek string `json:"dayOfWeek"`
}

// AbsoluteMonthlySchedule recurs on a day of the month, or on the last one of a month that has fewer.
type AbsoluteMonthlySchedule struct {
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6
	IntervalMonths int32 `json:"intervalMonths"`
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=31
	DayOfMonth int32 `json:"dayOfMonth"`
}

// RelativeMonthlySchedule recurs on a weekday of the month, such as its second Tuesday.
type RelativeMonthlySchedule struct {
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=6
	IntervalMonths int32 `json:"intervalMonths"`
	// +kubebuilder:validation:Enum=First;Second;Third;Fourth;Last
	WeekIndex string `json:"weekIndex"`
	// +kubebuilder:validation:Enum=Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday
	DayOfWeek string `json:"dayOfWeek"`
}

// MaintenanceSchedule is one of four.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:MaxProperties=1
type MaintenanceSchedule struct {
	// +optional
	Daily *DailySchedule `json:"daily,omitempty"`
	// +optional
	Weekly *WeeklySchedule `json:"weekly,omitempty"`
	// +optional
	AbsoluteMonthly *AbsoluteMonthlySchedule `json:"absoluteMonthly,omitempty"`
	// +optional
	RelativeMonthly *RelativeMonthlySchedule `json:"relativeMonthly,omitempty"`
}

// MaintenanceWindow recurs by a schedule.
type MaintenanceWindow struct {
	Schedule MaintenanceSchedule `json:"schedule"`
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=24
	DurationHours int32 `json:"durationHours"`
	// UTCOffset such as -08:00, or TimeZone of the IANA database: one of them.
	// +kubebuilder:validation:MaxLength=6
	// +optional
	UTCOffset string `json:"utcOffset,omitempty"`
	// +kubebuilder:validation:MaxLength=64
	// +optional
	TimeZone string `json:"timeZone,omitempty"`
	// StartDate is the first possible date. Intervals count from it.
	// +kubebuilder:validation:MaxLength=10
	StartDate string `json:"startDate"`
	// +kubebuilder:validation:MaxLength=5
	StartTime string `json:"startTime"`
	// +optional
	// +kubebuilder:validation:MaxItems=50
	NotAllowedDates []DateSpan `json:"notAllowedDates,omitempty"`
}

// MaintenanceConfigurationSpec says when something may begin by itself.
// +kubebuilder:validation:XValidation:rule="self.cluster == oldSelf.cluster && self.name == oldSelf.name",message="cluster and name cannot change"
type MaintenanceConfigurationSpec struct {
	// Cluster is the object name of the ManagedCluster.
	Cluster string `json:"cluster"`
	// +kubebuilder:validation:Enum=default;aksManagedAutoUpgradeSchedule;aksManagedNodeOSUpgradeSchedule
	Name string `json:"name"`
	// +optional
	// +kubebuilder:validation:MaxItems=7
	// +listType=map
	// +listMapKey=day
	TimeInWeek []TimeInWeek `json:"timeInWeek,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=50
	NotAllowedTime []TimeSpan `json:"notAllowedTime,omitempty"`
	// +optional
	MaintenanceWindow *MaintenanceWindow `json:"maintenanceWindow,omitempty"`
}

// MaintenanceConfiguration of a cluster. Its cluster owns it.
// +kubebuilder:object:root=true
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.cluster`
// +kubebuilder:printcolumn:name="Configuration",type=string,JSONPath=`.spec.name`
type MaintenanceConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec MaintenanceConfigurationSpec `json:"spec"`
}

// MaintenanceConfigurationList is a list of maintenance configurations.
// +kubebuilder:object:root=true
type MaintenanceConfigurationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MaintenanceConfiguration `json:"items"`
}

// MaintenanceConfigurationID is the ARM ID of one of a cluster's maintenance configurations.
func (c *ManagedCluster) MaintenanceConfigurationID(name string) string {
	return c.ID() + "/maintenanceConfigurations/" + name
}
