package release

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestImageDate(t *testing.T) {
	for sentence, c := range map[string]struct{ version, want string }{
		"the day stands in the version":     {"LotseDebian-12-202611.23.0", "2026-11-23"},
		"a day may have one digit":          {"LotseDebian-12-202602.3.5", "2026-02-03"},
		"a day that does not exist is none": {"LotseDebian-12-202602.31.0", ""},
		"another name has no date":          {"custom-image", ""},
		"a version without a number too":    {"LotseDebian-12-202611.23", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			day, ok := ImageDate(c.version)
			if ok != (c.want != "") || ok && day.Format(time.DateOnly) != c.want {
				t.Errorf("got %v, %t", day, ok)
			}
		})
	}
}

func TestNodeImages(t *testing.T) {
	build := func(name, version, image string, age int64) v1alpha1.Release {
		return v1alpha1.Release{
			ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Unix(-age, 0))},
			Spec:       v1alpha1.ReleaseSpec{KubernetesVersion: version, NodeImageVersion: image},
		}
	}
	c := New([]v1alpha1.Release{
		build("old", "1.37.2", "image-1", 3), build("rebuilt", "1.37.2", "image-1", 2), build("new", "1.37.2", "image-2", 1), build("other", "1.36.3", "image-3", 0),
	}, today)
	v := Version{1, 37, 2}
	if got := fmt.Sprint(c.NodeImages(v)); got != "[image-2 image-1]" {
		t.Errorf("images are %s", got)
	}
	if r, ok := c.NodeImage(v, "IMAGE-1"); !ok || r.Name != "rebuilt" {
		t.Errorf("the newest build of an image is %q", r.Name)
	}
	if r, ok := c.NodeImage(v, "image-3"); ok {
		t.Errorf("another version's image is found in %s", r.Name)
	}
}
