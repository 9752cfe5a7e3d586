package v1alpha1

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Channels of automatic upgrades, as AKS spells them. The channels that do nothing are not stored.
const (
	UpgradeChannelNone      = "none"
	UpgradeChannelPatch     = "patch"
	UpgradeChannelStable    = "stable"
	UpgradeChannelRapid     = "rapid"
	UpgradeChannelNodeImage = "node-image"

	NodeOSChannelNone          = "None"
	NodeOSChannelUnmanaged     = "Unmanaged"
	NodeOSChannelSecurityPatch = "SecurityPatch"
	NodeOSChannelNodeImage     = "NodeImage"
)

// PlannedUpgrade is the next upgrade that a channel leads to, and why it will happen or will not.
type PlannedUpgrade struct {
	// Channel that leads to it.
	Channel string `json:"channel"`
	// To is a version of Kubernetes or a node image; empty if there is nothing to do.
	// +optional
	To string `json:"to,omitempty"`
	// At is the earliest time of it; nil if it could begin now, or if no time is known.
	// +optional
	At *metav1.Time `json:"at,omitempty"`
	// Message says why, in words for people.
	Message string `json:"message"`
}

// AutoUpgrade is what a cluster's channels lead to.
type AutoUpgrade struct {
	// ObservedGeneration of the cluster that this was decided for.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Kubernetes upgrades of the control plane and the pools; nil if no channel leads to them.
	// +optional
	Kubernetes *PlannedUpgrade `json:"kubernetes,omitempty"`
	// NodeImage upgrades of the pools; nil if no channel leads to them.
	// +optional
	NodeImage *PlannedUpgrade `json:"nodeImage,omitempty"`
}

// KubernetesChannel by which a cluster gets newer versions of Kubernetes; empty if none does.
func (s ManagedClusterSpec) KubernetesChannel() string {
	if s.UpgradeChannel == UpgradeChannelNodeImage {
		return ""
	}
	return s.UpgradeChannel
}

// NodeImageChannel by which pools get newer node images; empty if none does.
func (s ManagedClusterSpec) NodeImageChannel() string {
	switch s.NodeOSUpgradeChannel {
	case NodeOSChannelNodeImage, NodeOSChannelSecurityPatch:
		return s.NodeOSUpgradeChannel
	}
	return ""
}

// RolloutHalt says since when no cluster gets a release by itself, and why. It is false if clusters do. A time that cannot be read, because a person wrote
// the annotation, is zero.
func (r *Release) RolloutHalt() (since time.Time, reason string, halted bool) {
	text, halted := r.Annotations[AnnotationRolloutHalted]
	stamp, rest, _ := strings.Cut(text, " ")
	since, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		rest = text
	}
	return since, rest, halted
}

// Halt the roll-out of a release.
func (r *Release) Halt(since time.Time, reason string) {
	metav1.SetMetaDataAnnotation(&r.ObjectMeta, AnnotationRolloutHalted, since.UTC().Format(time.RFC3339)+" "+reason)
}

// Resume the roll-out of a release.
func (r *Release) Resume(now time.Time) {
	delete(r.Annotations, AnnotationRolloutHalted)
	metav1.SetMetaDataAnnotation(&r.ObjectMeta, AnnotationRolloutResumed, now.UTC().Format(time.RFC3339))
}

// RolloutResumed is when the operator resumed the roll-out of a release last; zero if never.
func (r *Release) RolloutResumed() time.Time {
	at, err := time.Parse(time.RFC3339, r.Annotations[AnnotationRolloutResumed])
	if err != nil {
		return time.Time{}
	}
	return at
}
