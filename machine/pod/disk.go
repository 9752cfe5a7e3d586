package pod

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/provider"
)

// annotationDiskGeneration on a disk's claim is the generation that the disk was made with; a claim without it has generation 0.
const annotationDiskGeneration = "lotse.dev/disk-generation"

// Disk renders a machine's disk, in the management cluster's default storage class.
func Disk(i provider.Instance) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: i.Namespace, Name: i.Name, Labels: i.Labels},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceStorage: *resource.NewQuantity(int64(i.DiskGB)<<30, resource.BinarySI),
			}},
		},
	}
	if i.DiskGeneration != 0 {
		metav1.SetMetaDataAnnotation(&claim.ObjectMeta, annotationDiskGeneration, strconv.FormatInt(i.DiskGeneration, 10))
	}
	return claim
}

// diskGeneration of a claim. An annotation that is no number is an error, and not generation 0, which would have the disk deleted.
func diskGeneration(claim *corev1.PersistentVolumeClaim) (int64, error) {
	text, found := claim.Annotations[annotationDiskGeneration]
	if !found {
		return 0, nil
	}
	generation, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("annotation %s of PersistentVolumeClaim %s/%s is not a number: %q; correct it, or delete the machine",
			annotationDiskGeneration, claim.Namespace, claim.Name, text)
	}
	return generation, nil
}

// withDisk completes a state with the machine's disk, which is nil when there is none.
func withDisk(s provider.State, claim *corev1.PersistentVolumeClaim) provider.State {
	if claim == nil {
		return s
	}
	s.Disk, s.DiskDeleting = true, claim.DeletionTimestamp != nil
	s.DiskGeneration, _ = diskGeneration(claim) // Reimage reports an annotation that is damaged; State must not keep the machine from being deleted
	return s
}
