package operation

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

var start = metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

func later(minutes int) metav1.Time {
	return metav1.NewTime(start.Add(time.Duration(minutes) * time.Minute))
}

func clusterAt(generation int64) *v1alpha1.ManagedCluster {
	return &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: generation, CreationTimestamp: start}}
}

func TestSettle(t *testing.T) {
	broken := Fail(&v1alpha1.OperationError{Code: "Broken", Message: "It is broken."})
	deadline := Deadline{Code: "NotReady", Advice: "Look at the nodes."}
	slow := Outcome{Waiting: "etcd", Percent: 40, Deadline: deadline}
	unplaced := Outcome{Waiting: "a host", Deadline: Unschedulable(later(20).Time)}
	for sentence, c := range map[string]struct {
		outcome  Outcome
		deleting bool
		minutes  int
		state    v1alpha1.OperationState
		percent  int32
		text     string // what it waits for, or code and message of its failure
	}{
		"what is done has succeeded":                              {Outcome{}, false, 1, v1alpha1.Succeeded, 100, ""},
		"what waits is in progress":                               {slow, false, 29, v1alpha1.InProgress, 40, "etcd"},
		"what cannot succeed has failed at once":                  {broken, false, 0, v1alpha1.Failed, 100, "Broken: It is broken."},
		"a deadline without a time is half an hour":               {slow, false, 30, v1alpha1.Failed, 100, "NotReady: Cluster c is not ready after 30 minutes. It waits for: etcd. Look at the nodes."},
		"without advice the failure names what it waits for":      {Outcome{Waiting: "etcd"}, false, 30, v1alpha1.Failed, 100, ": Cluster c is not ready after 30 minutes. It waits for: etcd."},
		"a deadline can count from later than the write":          {unplaced, false, 29, v1alpha1.InProgress, 0, "a host"},
		"capacity that does not appear in ten minutes fails":      {unplaced, false, 30, v1alpha1.Failed, 100, "AllocationFailed: Cluster c is not ready after 10 minutes. It waits for: a host."},
		"a deletion never fails for lack of time":                 {slow, true, 999, v1alpha1.InProgress, 40, "etcd"},
		"a deletion never fails at all, since it has no way back": {broken, true, 0, v1alpha1.InProgress, 0, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			o := clusterAt(1)
			if c.deleting {
				o.DeletionTimestamp = &start
			}
			Begin(o, start)
			Settle(o, "Cluster c", c.outcome, later(c.minutes))
			op := v1alpha1.CurrentOperation(o)
			text := op.Waiting
			if op.Error != nil {
				text = op.Error.Code + ": " + op.Error.Message
			}
			if op.State != c.state || op.Percent != c.percent || !strings.HasPrefix(text, c.text) || c.text == "" && text != "" {
				t.Errorf("operation is %s, %d %%, %q; want %s, %d %%, %q", op.State, op.Percent, text, c.state, c.percent, c.text)
			}
			ended := c.state != v1alpha1.InProgress
			if (op.EndedAt != nil) != ended || (o.Status.ObservedGeneration == 1) != ended {
				t.Errorf("ended at %v, observed generation %d; has it ended: %t", op.EndedAt, o.Status.ObservedGeneration, ended)
			}
		})
	}
}

// TestTimeThatIsHeldDoesNotCount settles an operation at minutes, held or with the usual deadline of half an hour.
func TestTimeThatIsHeldDoesNotCount(t *testing.T) {
	held := Outcome{Waiting: "the maintenance window", Deadline: Deadline{After: Unlimited}}
	slow := Outcome{Waiting: "etcd"}
	type step struct {
		minute  int
		outcome Outcome
	}
	for sentence, c := range map[string]struct {
		steps []step
		state v1alpha1.OperationState
	}{
		"what is held never fails":                        {[]step{{0, held}, {9000, held}}, v1alpha1.InProgress},
		"time before it began to act does not count":      {[]step{{0, held}, {600, slow}, {629, slow}}, v1alpha1.InProgress},
		"time since it began to act does":                 {[]step{{0, held}, {600, slow}, {630, slow}}, v1alpha1.Failed},
		"what is held again begins to act again":          {[]step{{0, slow}, {20, held}, {40, slow}, {69, slow}}, v1alpha1.InProgress},
		"what was never held counts from its start":       {[]step{{0, slow}, {30, slow}}, v1alpha1.Failed},
		"what has a reason of its own counts from later":  {[]step{{0, held}, {600, Outcome{Waiting: "a host", Deadline: Unschedulable(later(605).Time)}}, {614, Outcome{Waiting: "a host", Deadline: Unschedulable(later(605).Time)}}}, v1alpha1.InProgress},
		"what cannot succeed fails also while it is held": {[]step{{0, held}, {1, Fail(&v1alpha1.OperationError{Code: "Broken"})}}, v1alpha1.Failed},
		"what is done when it is held no more succeeds":   {[]step{{0, held}, {600, Outcome{}}}, v1alpha1.Succeeded},
	} {
		o := clusterAt(1)
		for _, s := range c.steps {
			Settle(o, "Cluster c", s.outcome, later(s.minute))
		}
		op := v1alpha1.CurrentOperation(o)
		if op.State != c.state || op.StartedAt != start || op.State != v1alpha1.InProgress && op.Held {
			t.Errorf("%s: got %+v", sentence, op)
		}
	}
}

func TestAnOperationEndsOnce(t *testing.T) {
	o := clusterAt(1)
	Settle(o, "Cluster", Fail(&v1alpha1.OperationError{Code: "Broken"}), later(1))
	want := v1alpha1.CurrentOperation(o)
	Settle(o, "Cluster", Outcome{}, later(2))
	Settle(o, "Cluster", Outcome{Waiting: "etcd"}, later(99))
	if got := v1alpha1.CurrentOperation(o); got.State != v1alpha1.Failed || !got.EndedAt.Equal(want.EndedAt) || got.Waiting != "" {
		t.Errorf("a failed operation became %+v", got)
	}
}

func TestTheNextWriteIsTheNextOperation(t *testing.T) {
	o := clusterAt(1)
	o.Annotations = map[string]string{v1alpha1.AnnotationCorrelationID: "first"}
	Settle(o, "Cluster", Outcome{}, later(1))
	o.Generation, o.Annotations[v1alpha1.AnnotationCorrelationID] = 2, "second"
	Settle(o, "Cluster", Outcome{Waiting: "etcd"}, later(2))
	first, second := v1alpha1.OperationOf(o, 1), v1alpha1.OperationOf(o, 2)
	if first.State != v1alpha1.Succeeded || first.Verb != v1alpha1.Creating || first.CorrelationID != "first" {
		t.Errorf("the creation is %+v", first)
	}
	if second.State != v1alpha1.InProgress || second.Verb != v1alpha1.Updating || second.CorrelationID != "second" || second.StartedAt != later(2) {
		t.Errorf("the update is %+v", second)
	}
}

func TestADeletePreemptsWhatRuns(t *testing.T) {
	o := clusterAt(1)
	Settle(o, "Cluster", Outcome{Waiting: "etcd"}, start)
	now := later(3)
	o.DeletionTimestamp, o.Generation = &now, 2
	Settle(o, "Cluster", Outcome{Waiting: "machines"}, now)
	if op := v1alpha1.OperationOf(o, 1); op.State != v1alpha1.Canceled || op.Error == nil || op.Error.Code != "AKSOperationPreemptedByDelete" || op.Waiting != "" {
		t.Errorf("the creation is %+v, want Canceled by the delete", op)
	}
	if op := v1alpha1.OperationOf(o, 2); op.State != v1alpha1.InProgress || op.Verb != v1alpha1.Deleting {
		t.Errorf("the deletion is %+v", op)
	}
}

func TestOldOperationsAreForgottenAsSucceeded(t *testing.T) {
	o := clusterAt(1)
	for g := int64(1); g <= 15; g++ {
		o.Generation = g
		Settle(o, "Cluster", Outcome{}, later(int(g)))
	}
	if n := len(o.Status.Operations); n != kept {
		t.Errorf("%d operations are kept, want %d", n, kept)
	}
	if op := v1alpha1.OperationOf(o, 2); op.State != v1alpha1.Succeeded {
		t.Errorf("generation 2 is %s, want Succeeded", op.State)
	}
}

func TestFirst(t *testing.T) {
	done := func(int) Outcome { return Outcome{} }
	waits := func(n int) Outcome { return Outcome{Waiting: strings.Repeat("x", n)} }
	fails := func(int) Outcome { return Fail(&v1alpha1.OperationError{Code: "Broken"}) }
	for sentence, c := range map[string]struct {
		looks []func(int) Outcome
		want  string
	}{
		"nothing to look at is done":          {nil, "done"},
		"looks that are all done are done":    {[]func(int) Outcome{done, done}, "done"},
		"the first that waits is the outcome": {[]func(int) Outcome{done, waits, fails}, "waits for xxx"},
		"a failure before it is the outcome":  {[]func(int) Outcome{fails, waits}, "fails"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, o := "done", First(3, c.looks...)
			switch {
			case o.Failure != nil:
				got = "fails"
			case !o.Done():
				got = "waits for " + o.Waiting
			}
			if got != c.want {
				t.Errorf("the outcome %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatIsAbortedIsCanceled(t *testing.T) {
	for sentence, outcome := range map[string]Outcome{
		"while it waits":            {Waiting: "etcd"},
		"also if it is just done":   {},
		"also if it has failed now": Fail(&v1alpha1.OperationError{Code: "Broken"}),
	} {
		t.Run(sentence, func(t *testing.T) {
			o := clusterAt(1)
			Settle(o, "Cluster", Outcome{Waiting: "the window", Deadline: Deadline{After: Unlimited}}, start)
			v1alpha1.SetAbort(o)
			Settle(o, "Cluster", outcome, later(3))
			op, ended := v1alpha1.CurrentOperation(o), later(3)
			if op.State != v1alpha1.Canceled || op.Error == nil || op.Error.Code != v1alpha1.OperationAborted || !op.EndedAt.Equal(&ended) || op.Waiting != "" || op.Held {
				t.Errorf("the operation is %+v, %+v", op, op.Error)
			}
			if !strings.HasPrefix(op.Error.Message, "The create was aborted. What it had done stays") || o.Status.ObservedGeneration != 1 {
				t.Errorf("it says %q", op.Error.Message)
			}
			Settle(o, "Cluster", Outcome{}, later(4))
			if op := v1alpha1.CurrentOperation(o); op.State != v1alpha1.Canceled || !op.EndedAt.Equal(&ended) {
				t.Errorf("it became %+v", op)
			}
			o.Generation = 2
			Settle(o, "Cluster", Outcome{}, later(5))
			if op := v1alpha1.CurrentOperation(o); op.State != v1alpha1.Succeeded {
				t.Errorf("the next operation is %+v", op)
			}
		})
	}
}

func TestADeletionIsNotAborted(t *testing.T) {
	o := clusterAt(1)
	v1alpha1.SetAbort(o)
	now := later(1)
	o.DeletionTimestamp = &now
	Settle(o, "Cluster", Outcome{Waiting: "machines"}, now)
	if op := v1alpha1.CurrentOperation(o); op.State != v1alpha1.InProgress {
		t.Errorf("the deletion is %+v", op)
	}
}
