package cluster

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestStoreCondition(t *testing.T) {
	of := func(used int64, full bool, trouble string) *v1alpha1.StoreState {
		return &v1alpha1.StoreState{SizeBytes: 100 << 20, UsedBytes: used << 20, QuotaBytes: 100 << 20, Full: full, Trouble: trouble}
	}
	tests := map[string]struct {
		known  *v1alpha1.StoreState
		status metav1.ConditionStatus
		reason string
		text   string
	}{
		"a store that nobody has looked at is not spoken of":    {nil, "", "", ""},
		"a store with room has it":                              {of(50, false, ""), metav1.ConditionTrue, "HasRoom", ""},
		"a store that fills up still has it, and warns":         {of(80, false, ""), metav1.ConditionTrue, "FillingUp", "80 MiB of 100 MiB"},
		"a full store has none":                                 {of(99, true, ""), metav1.ConditionFalse, "Full", "refuses writes"},
		"a store that does not answer is not known":             {of(50, false, "connection refused"), metav1.ConditionUnknown, "NotSeen", "connection refused"},
		"a full store that does not answer any more stays full": {of(99, true, "connection refused"), metav1.ConditionFalse, "Full", "Delete objects"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := &v1alpha1.ManagedCluster{}
			c.Status.Store = tt.known
			settle(c, done(func(*Facts) {}), *at(time.Minute))
			got := meta.FindStatusCondition(c.Status.Conditions, StoreHasRoom)
			if (got == nil) != (tt.status == "") {
				t.Fatalf("condition %+v", got)
			}
			if got != nil && (got.Status != tt.status || got.Reason != tt.reason || !strings.Contains(got.Message, tt.text)) {
				t.Errorf("condition %+v, want %s because %s: %q", got, tt.status, tt.reason, tt.text)
			}
		})
	}
}

func TestEtcdQuota(t *testing.T) {
	tests := map[string]struct {
		text    string
		want    int64
		refused bool
	}{
		"without a word it is the usual":           {"", 0, false},
		"a size is taken":                          {"512Mi", 512 << 20, false},
		"the usual can be said":                    {"1536Mi", 1536 << 20, false},
		"more than the volume has room for cannot": {"2Gi", 0, true},
		"nor less than a cluster needs for itself": {"15Mi", 0, true},
		"nor what is no size":                      {"much", 0, true},
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
