package v1alpha1

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Verbs of operations, as AKS names them. provisioningState shows the verb while an operation runs.
const (
	Creating                    = "Creating"
	Updating                    = "Updating"
	Deleting                    = "Deleting"
	Starting                    = "Starting"
	Stopping                    = "Stopping"
	Scaling                     = "Scaling"
	Upgrading                   = "Upgrading"
	UpgradingNodeImageVersion   = "UpgradingNodeImageVersion"
	RotatingClusterCertificates = "RotatingClusterCertificates"
	Canceling                   = "Canceling"
)

// infinitives are how sentences name an operation of each verb.
var infinitives = map[string]string{
	Creating:                    "create",
	Updating:                    "update",
	Deleting:                    "delete",
	Starting:                    "start",
	Stopping:                    "stop",
	Scaling:                     "scale",
	Upgrading:                   "upgrade",
	UpgradingNodeImageVersion:   "node image upgrade",
	RotatingClusterCertificates: "certificate rotation",
	Canceling:                   "cancel",
}

// Infinitive is how a sentence names an operation: "in progress stop operation". A verb that is not in the vocabulary is named as it is.
func Infinitive(verb string) string {
	if infinitive, known := infinitives[verb]; known {
		return infinitive
	}
	return strings.ToLower(verb)
}

// PowerVerb is the verb of a write that wants another power state.
func PowerVerb(to PowerState) string {
	if to == Stopped {
		return Stopping
	}
	return Starting
}

// AnnotationVerb is the verb of the newest write of the spec, and the generation that the write made: Stopping@7.
const AnnotationVerb = "lotse.dev/verb"

// SetVerb names the operation that a change of o's spec begins. The writer calls it with the change, before it is sent: the verb counts
// only for the generation that follows the one in o.
func SetVerb(o metav1.Object, verb string) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationVerb] = fmt.Sprintf("%s@%d", verb, o.GetGeneration()+1)
	o.SetAnnotations(annotations)
}

// VerbOf the object's present generation. A write that named no verb, such as one by kubectl, creates or updates.
func VerbOf(o metav1.Object) string {
	if o.GetDeletionTimestamp() != nil {
		return Deleting
	}
	verb, generation, _ := strings.Cut(o.GetAnnotations()[AnnotationVerb], "@")
	if _, known := infinitives[verb]; known && generation == fmt.Sprint(o.GetGeneration()) {
		return verb
	}
	if o.GetGeneration() <= 1 {
		return Creating
	}
	return Updating
}
