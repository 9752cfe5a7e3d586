package provision

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestEtcdQuota(t *testing.T) {
	tests := map[string]struct {
		text    string
		want    int64
		refused bool
	}{
		"without an annotation it is the default":          {"", 0, false},
		"a size is taken":                                  {"512Mi", 512 << 20, false},
		"the default can be set":                           {"1536Mi", 1536 << 20, false},
		"more than the volume has capacity for is refused": {"2Gi", 0, true},
		"less than a cluster needs for itself is refused":  {"15Mi", 0, true},
		"what is no size is refused":                       {"much", 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "shop", Annotations: map[string]string{v1alpha1.AnnotationEtcdQuota: tt.text}}}
			got, err := etcdQuota(c)
			if got != tt.want || (err != nil) != tt.refused {
				t.Errorf("quota %d, %v; want %d", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "such as 512Mi") {
				t.Errorf("%v does not say what to write", err)
			}
		})
	}
}
