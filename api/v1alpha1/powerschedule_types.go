package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PowerScheduleName is the name of a cluster's one power schedule.
const PowerScheduleName = "default"

// PowerTime is a time of day on some days of each week.
type PowerTime struct {
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=7
	// +kubebuilder:validation:items:Enum=Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday
	// +listType=set
	DaysOfWeek []string `json:"daysOfWeek"`
	// Time such as 19:00.
	// +kubebuilder:validation:MaxLength=5
	Time string `json:"time"`
}

// PowerScheduleSpec says when a cluster is stopped and started by itself.
// +kubebuilder:validation:XValidation:rule="self.cluster == oldSelf.cluster",message="cluster cannot change"
type PowerScheduleSpec struct {
	// Cluster is the object name of the ManagedCluster.
	Cluster string `json:"cluster"`
	// UTCOffset such as -08:00, or TimeZone of the IANA database: one of them.
	// +kubebuilder:validation:MaxLength=6
	// +optional
	UTCOffset string `json:"utcOffset,omitempty"`
	// +kubebuilder:validation:MaxLength=64
	// +optional
	TimeZone string `json:"timeZone,omitempty"`
	// Disabled schedules are kept and do nothing.
	// +optional
	Disabled bool `json:"disabled,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=20
	Stop []PowerTime `json:"stop,omitempty"`
	// +optional
	// +kubebuilder:validation:MaxItems=20
	Start []PowerTime `json:"start,omitempty"`
	// WrittenAt is when the schedule was written last. Earlier times of it count for nothing.
	WrittenAt metav1.Time `json:"writtenAt"`
}

// PowerEventResult is what became of one time of a schedule.
// +kubebuilder:validation:Enum=Requested;Unnecessary;Overruled;Missed
type PowerEventResult string

// Results.
const (
	// PowerRequested: the cluster was asked to stop or to start, which is an operation of the cluster.
	PowerRequested PowerEventResult = "Requested"
	// PowerUnnecessary: the cluster was as the schedule wants it.
	PowerUnnecessary PowerEventResult = "Unnecessary"
	// PowerOverruled: a person stopped or started the cluster after that time.
	PowerOverruled PowerEventResult = "Overruled"
	// PowerMissed: the time had passed for too long.
	PowerMissed PowerEventResult = "Missed"
)

// PowerEvent is one time of a schedule.
type PowerEvent struct {
	// PowerState that the schedule wants from this time on.
	PowerState PowerState  `json:"powerState"`
	At         metav1.Time `json:"at"`
	// +optional
	Result PowerEventResult `json:"result,omitempty"`
	// Message says why, in words for people.
	// +optional
	Message string `json:"message,omitempty"`
}

// PowerScheduleStatus is what became of the schedule's newest time.
type PowerScheduleStatus struct {
	// Last is the newest time that is decided.
	// +optional
	Last *PowerEvent `json:"last,omitempty"`
	// Waiting is a time that has come and could not be followed yet.
	// +optional
	Waiting *PowerEvent `json:"waiting,omitempty"`
}

// PowerSchedule of a cluster. Its cluster owns it.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.cluster`
// +kubebuilder:printcolumn:name="Last",type=string,JSONPath=`.status.last.powerState`
// +kubebuilder:printcolumn:name="Result",type=string,JSONPath=`.status.last.result`
type PowerSchedule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   PowerScheduleSpec   `json:"spec"`
	Status PowerScheduleStatus `json:"status,omitempty"`
}

// PowerScheduleList is a list of power schedules.
// +kubebuilder:object:root=true
type PowerScheduleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PowerSchedule `json:"items"`
}

// PowerScheduleID is the ARM ID of a cluster's power schedule.
func (c *ManagedCluster) PowerScheduleID() string {
	return c.ID() + "/powerSchedules/" + PowerScheduleName
}

// IsOwner reports whether an object with these owners belongs to this very cluster, and not to an earlier one of its name.
func (c *ManagedCluster) IsOwner(owners []metav1.OwnerReference) bool {
	for _, o := range owners {
		if o.UID == c.UID && o.UID != "" {
			return true
		}
	}
	return false
}
