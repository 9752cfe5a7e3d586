package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const (
	// selectedNode is where the scheduler wants a claim's volume.
	selectedNode = "volume.kubernetes.io/selected-node"
	hostname     = "kubernetes.io/hostname"
)

// disk is the directory of one node that holds volumes: one directory each, by the volume's name.
type disk struct {
	path, node string
	root       *os.Root // nothing that a volume holds can lead out of it
}

// openDisk makes the directory if need be. Users of the node cannot look into it; containers get their volumes by mounts.
func openDisk(path, node string) (*disk, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of volumes: %w", err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, fmt.Errorf("closing the directory of volumes to others: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening the directory of volumes: %w", err)
	}
	return &disk{path: path, node: node, root: root}, nil
}

// ShouldProvision claims that the scheduler placed on this node. A claim that is bound at once has no place: such a class is for a
// cluster of one node.
func (d *disk) ShouldProvision(_ context.Context, claim *corev1.PersistentVolumeClaim) bool {
	selected := claim.Annotations[selectedNode]
	return selected == "" || selected == d.node
}

// Provision makes the volume's directory, which may be there from a try whose answer was lost.
func (d *disk) Provision(_ context.Context, o controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	if mode := o.PVC.Spec.VolumeMode; mode != nil && *mode == corev1.PersistentVolumeBlock {
		return nil, controller.ProvisioningFinished, errors.New("a directory is no block device; ask for volumeMode Filesystem")
	}
	if err := d.root.Mkdir(o.PVName, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, controller.ProvisioningFinished, fmt.Errorf("making the volume's directory: %w", err)
	}
	// Not by Mkdir alone, which applies the umask: every Pod that mounts the volume may write to it, and others cannot reach it.
	if err := d.root.Chmod(o.PVName, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("opening the volume's directory to its Pods: %w", err)
	}
	return d.volume(o), controller.ProvisioningFinished, nil
}

func (d *disk) volume(o controller.ProvisionOptions) *corev1.PersistentVolume {
	// A directory that is gone is data that is lost: no Pod may take an empty one for it.
	exists := corev1.HostPathDirectory
	here := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: hostname, Operator: corev1.NodeSelectorOpIn, Values: []string{d.node}},
	}}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: o.PVC.Spec.Resources.Requests[corev1.ResourceStorage]},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: filepath.Join(d.path, o.PVName), Type: &exists},
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{here}}},
		},
	}
}

// ShouldDelete volumes of this node.
func (d *disk) ShouldDelete(_ context.Context, volume *corev1.PersistentVolume) bool {
	affinity := volume.Spec.NodeAffinity
	if affinity == nil || affinity.Required == nil {
		return false
	}
	return slices.ContainsFunc(affinity.Required.NodeSelectorTerms, func(t corev1.NodeSelectorTerm) bool {
		return slices.ContainsFunc(t.MatchExpressions, func(r corev1.NodeSelectorRequirement) bool {
			return r.Key == hostname && slices.Equal(r.Values, []string{d.node})
		})
	})
}

// Delete erases the volume's directory. Its name decides which one: the path in the object could be forged.
func (d *disk) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if err := d.root.RemoveAll(volume.Name); err != nil {
		return fmt.Errorf("erasing the volume's directory: %w", err)
	}
	return nil
}
