package main

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func open(t *testing.T) *disk {
	t.Helper()
	d, err := openDisk(filepath.Join(t.TempDir(), "volumes"), "here")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func options(mode corev1.PersistentVolumeMode) controller.ProvisionOptions {
	reclaim := corev1.PersistentVolumeReclaimDelete
	return controller.ProvisionOptions{
		PVName: "pvc-1", StorageClass: &storagev1.StorageClass{ReclaimPolicy: &reclaim},
		PVC: &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{VolumeMode: &mode}},
	}
}

func TestAVolumeIsADirectoryUntilItIsDeleted(t *testing.T) {
	d := open(t)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var volume *corev1.PersistentVolume
	for range 2 { // the first answer may be lost
		var err error
		if volume, _, err = d.Provision(t.Context(), options(corev1.PersistentVolumeFilesystem)); err != nil {
			t.Fatal(err)
		}
	}
	dir := volume.Spec.HostPath.Path
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("the volume's directory: %v, %v", info, err)
	}
	if info, err := os.Stat(d.path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory of volumes: %v, %v", info, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "data", "deep"), 0o500); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if !d.ShouldDelete(t.Context(), volume) {
		t.Error("the volume's own node does not delete it")
	}
	for range 2 {
		if err := d.Delete(t.Context(), volume); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the data outlived the volume: %v", err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("deleting a volume reached outside: %v", err)
	}
}

func TestAVolumeThatNamesAnotherDirectoryCannotHaveItErased(t *testing.T) {
	d := open(t)
	outside := t.TempDir()
	forged := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "../" + filepath.Base(outside)}}
	if err := d.Delete(t.Context(), forged); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

func TestABlockDeviceIsRefused(t *testing.T) {
	if _, _, err := open(t).Provision(t.Context(), options(corev1.PersistentVolumeBlock)); err == nil {
		t.Error("no error")
	}
}

func TestEachNodeMindsItsOwnVolumes(t *testing.T) {
	d := open(t)
	for sentence, c := range map[string]struct {
		selected string
		want     bool
	}{
		"a claim that the scheduler placed here is ours":       {"here", true},
		"a claim that the scheduler placed elsewhere is not":   {"there", false},
		"a claim that is bound at once is the only node's job": {"", true},
	} {
		claim := &corev1.PersistentVolumeClaim{}
		if c.selected != "" {
			claim.Annotations = map[string]string{selectedNode: c.selected}
		}
		if got := d.ShouldProvision(t.Context(), claim); got != c.want {
			t.Errorf("%s: %t", sentence, got)
		}
	}
	other := &disk{path: d.path, node: "there", root: d.root}
	volume, _, err := d.Provision(t.Context(), options(corev1.PersistentVolumeFilesystem))
	if err != nil || other.ShouldDelete(t.Context(), volume) {
		t.Errorf("another node deletes our volume: %v", err)
	}
	if d.ShouldDelete(t.Context(), &corev1.PersistentVolume{}) {
		t.Error("a volume of no node is deleted")
	}
}
