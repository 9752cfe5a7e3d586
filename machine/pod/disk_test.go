package pod

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/provider"
)

func TestWithDisk(t *testing.T) {
	third := example("machines")
	third.DiskGeneration = 3
	deleting := Disk(third)
	deleting.DeletionTimestamp = &metav1.Time{}
	damaged := Disk(third)
	damaged.Annotations[annotationDiskGeneration] = "three"
	for sentence, c := range map[string]struct {
		claim *corev1.PersistentVolumeClaim
		want  provider.State
		fails bool
	}{
		"without a claim there is no disk":                                 {nil, provider.State{}, false},
		"a claim without a generation is a disk of generation 0":           {Disk(example("machines")), provider.State{Disk: true}, false},
		"a claim shows the generation it was made with":                    {Disk(third), provider.State{Disk: true, DiskGeneration: 3}, false},
		"a claim that is being deleted is a disk that is being deleted":    {deleting, provider.State{Disk: true, DiskDeleting: true, DiskGeneration: 3}, false},
		"a generation that is no number is an error where it would matter": {damaged, provider.State{Disk: true}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := withDisk(provider.State{}, c.claim); got != c.want {
				t.Errorf("state is %+v, want %+v", got, c.want)
			}
			if c.claim != nil {
				if _, err := diskGeneration(c.claim); (err != nil) != c.fails {
					t.Error(err)
				}
			}
		})
	}
}
