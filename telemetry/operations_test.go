package telemetry

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func TestTransitions(t *testing.T) {
	now := metav1.Now()
	op := func(generation int64, verb string, state v1alpha1.OperationState, waiting string) v1alpha1.Operation {
		o := v1alpha1.Operation{Generation: generation, Verb: verb, State: state, Waiting: waiting}
		if state != v1alpha1.InProgress {
			o.EndedAt = &now
		}
		return o
	}
	type ops []v1alpha1.Operation
	running, waiting := op(1, v1alpha1.Creating, v1alpha1.InProgress, ""), op(1, v1alpha1.Creating, v1alpha1.InProgress, "etcd")
	done := op(1, v1alpha1.Creating, v1alpha1.Succeeded, "")
	for sentence, c := range map[string]struct {
		before, after ops
		want          []stage
	}{
		"an operation begins":                        {nil, ops{running}, []stage{begun}},
		"an operation waits for something else":      {ops{running}, ops{waiting}, []stage{waits}},
		"an operation ends":                          {ops{waiting}, ops{done}, []stage{ended}},
		"an operation ends before it was seen":       {nil, ops{done}, []stage{ended}},
		"nothing happens":                            {ops{done}, ops{done}, nil},
		"the oldest record is dropped":               {ops{running, done}, ops{running}, nil},
		"a delete takes the place of a create":       {ops{running}, ops{op(2, v1alpha1.Deleting, v1alpha1.InProgress, ""), op(1, v1alpha1.Creating, v1alpha1.Canceled, "")}, []stage{begun, ended}},
		"a delete is done when the resource is gone": {ops{op(2, v1alpha1.Deleting, v1alpha1.InProgress, "")}, ops{op(2, v1alpha1.Deleting, v1alpha1.Succeeded, "")}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := transitions(c.before, c.after)
			if len(got) != len(c.want) {
				t.Fatalf("got %v", got)
			}
			for i := range got {
				if got[i].to != c.want[i] {
					t.Errorf("transition %d is %v", i, got[i])
				}
			}
		})
	}
}
