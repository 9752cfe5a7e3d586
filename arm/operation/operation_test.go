package operation

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var now = metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

func object(generation int64, deleting bool, ops ...v1alpha1.Operation) *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1-x", UID: "aa", Generation: generation, CreationTimestamp: now}}
	if deleting {
		c.DeletionTimestamp = &now
	}
	c.Status.Operations = ops
	if len(ops) > 0 && ops[0].State != v1alpha1.InProgress {
		c.Status.ObservedGeneration = ops[0].Generation
	}
	return c
}

func TestRead(t *testing.T) {
	write, remove := ID{"mc", "c1-x", "aa", 1, false, false}, ID{"mc", "c1-x", "aa", 2, true, false}
	failed := v1alpha1.Operation{Generation: 1, State: v1alpha1.Failed, Error: &v1alpha1.OperationError{Code: "X", Message: "y"}}
	canceled := v1alpha1.Operation{Generation: 1, State: v1alpha1.Canceled, Error: &v1alpha1.OperationError{Code: v1alpha1.OperationAborted}}
	stop := ID{"mc", "c1-x", "aa", 1, false, true}
	other := object(1, false)
	other.UID = "bb"
	for sentence, c := range map[string]struct {
		id     ID
		object v1alpha1.Tracked
		want   string
		code   string
	}{
		"a write that no controller has seen is in progress":        {write, object(1, false), "InProgress", ""},
		"a write that failed says why":                              {write, object(1, false, failed), "Failed", "X"},
		"an older write stays what it was":                          {write, object(2, false, v1alpha1.Operation{Generation: 2, State: v1alpha1.InProgress}, failed), "Failed", "X"},
		"a write is preempted by a delete":                          {write, object(2, true), "Canceled", "AKSOperationPreemptedByDelete"},
		"a write of what is gone was preempted by a delete":         {write, nil, "Canceled", "AKSOperationPreemptedByDelete"},
		"a delete is in progress while the object is there":         {remove, object(2, true), "InProgress", ""},
		"a delete that ended is in progress while the object stays": {remove, object(2, true, v1alpha1.Operation{Generation: 2, State: v1alpha1.Succeeded}), "InProgress", ""},
		"a delete succeeded when the object is gone":                {remove, nil, "Succeeded", ""},
		"a delete succeeded when another object has the name":       {remove, other, "Succeeded", ""},
		"an abort is in progress while what it aborts is":           {stop, object(1, false), "InProgress", ""},
		"an abort has succeeded when that was canceled":             {stop, object(1, false, canceled), "Succeeded", ""},
		"an abort of what failed in the same moment has succeeded":  {stop, object(1, false, failed), "Succeeded", ""},
		"an abort has succeeded when a delete has preempted both":   {stop, object(2, true), "Succeeded", ""},
		"an abort of what is gone has succeeded":                    {stop, nil, "Succeeded", ""},
		"what was aborted is canceled, and says so":                 {write, object(1, false, canceled), "Canceled", v1alpha1.OperationAborted},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := Read(c.id, c.object)
			if s.Status != c.want {
				t.Errorf("got %s", s.Status)
			}
			if code := ""; s.Error != nil {
				if code = s.Error.Code; code != c.code {
					t.Errorf("got error %s", code)
				}
			} else if c.code != "" {
				t.Errorf("got no error")
			}
		})
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{ID{"mc", "c1-x", "aa-bb", 3, true, false}.String(), ID{"ap", "c1-x", "aa-bb", 3, false, true}.String(), "", "mc....", "mc.a.b.0.w", "mc.../../x.aa.1.w"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := ParseID(s); ok {
			if again, ok := ParseID(id.String()); !ok || again != id {
				t.Errorf("%q is not read as it is written", s)
			}
		}
	})
}
