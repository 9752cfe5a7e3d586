package hosted

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/command"
)

var now = time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)

func jobWith(condition batchv1.JobConditionType, reason string) *batchv1.Job {
	start := metav1.NewTime(now)
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "command-1", Labels: map[string]string{labelPrincipal: "p"}}}
	j.Status.StartTime = &start
	if condition != "" {
		j.Status.Conditions = []batchv1.JobCondition{{
			Type: condition, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.NewTime(now.Add(time.Minute)),
		}}
	}
	return j
}

func TestResultOf(t *testing.T) {
	good := `{"exitCode":2,"startedAt":"2026-11-27T10:00:00Z","finishedAt":"2026-11-27T10:00:09Z"}`
	secret := func(result, logs string) *corev1.Secret {
		return &corev1.Secret{Data: map[string][]byte{"result": []byte(result), "logs": []byte(logs)}}
	}
	for sentence, c := range map[string]struct {
		job    *batchv1.Job
		secret *corev1.Secret
		// want is whether it is done, whether it succeeded, its exit code, and the beginning of its logs; reason is a part of it.
		want, reason string
	}{
		"a command runs until it reports":                       {jobWith("", ""), secret("", ""), `false false 0 ""`, ""},
		"a command whose Secret is yet to be made runs":         {jobWith("", ""), nil, `false false 0 ""`, ""},
		"a report is the result, also before the Job ends":      {jobWith("", ""), secret(good, "out"), `true true 2 "out"`, ""},
		"a report counts, also if the Job then failed":          {jobWith(batchv1.JobFailed, "DeadlineExceeded"), secret(good, "out"), `true true 2 "out"`, ""},
		"a command that was ended did not succeed":              {jobWith("", ""), secret(`{"exitCode":137,"reason":"ended"}`, "out"), `true false 137 "out"`, "ended"},
		"a Job at its deadline says so":                         {jobWith(batchv1.JobFailed, "DeadlineExceeded"), secret("", ""), `true false 0 ""`, "within 10 minutes"},
		"a Pod that ended without a report":                     {jobWith(batchv1.JobFailed, "BackoffLimitExceeded"), secret("", ""), `true false 0 ""`, "without a result"},
		"a result that somebody removed":                        {jobWith(batchv1.JobComplete, ""), nil, `true false 0 ""`, "was removed"},
		"a result that somebody overwrote":                      {jobWith(batchv1.JobComplete, ""), secret("{", "out"), `true false 0 ""`, "overwritten"},
		"an output that is no text is shown as far as it is":    {jobWith("", ""), secret(good, "a\xffb"), `true true 2 "a` + "\uFFFD" + `b"`, ""},
		"a reason that somebody made long is cut off":           {jobWith("", ""), secret(`{"reason":"`+strings.Repeat("x", 5000)+`"}`, ""), `true false 0 ""`, "xxx"},
		"a condition that is not true does not end the command": {notYet(), secret("", ""), `false false 0 ""`, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := resultOf("1", c.job, c.secret)
			if got := fmt.Sprintf("%t %t %d %q", r.Done, r.Succeeded, r.ExitCode, r.Logs); got != c.want {
				t.Errorf("got %s", got)
			}
			if !strings.Contains(r.Reason, c.reason) || (c.reason == "") != (r.Reason == "") || len(r.Reason) > 1024 {
				t.Errorf("got reason %q", r.Reason)
			}
			if r.ID != "1" || r.Principal != "p" || r.Done && r.Reason != "" && c.reason != "ended" && c.reason != "xxx" && c.reason != "overwritten" && r.FinishedAt.IsZero() {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func notYet() *batchv1.Job {
	j := jobWith(batchv1.JobFailed, "")
	j.Status.Conditions[0].Status = corev1.ConditionFalse
	return j
}

func TestOutputOfACustomersClusterIsBounded(t *testing.T) {
	s := &corev1.Secret{Data: map[string][]byte{"result": []byte(`{}`), "logs": make([]byte, command.MaxOutput+10)}}
	if got := len(resultOf("1", jobWith("", ""), s).Logs); got != command.MaxOutput {
		t.Errorf("got %d bytes", got)
	}
}

func TestRoom(t *testing.T) {
	var jobs []batchv1.Job
	add := func(n int, condition batchv1.JobConditionType, name string) {
		for i := range n {
			j := jobWith(condition, "")
			j.Name = fmt.Sprintf("%s-%02d", name, i)
			j.CreationTimestamp = metav1.NewTime(now.Add(time.Duration(i) * time.Second))
			jobs = append(jobs, *j)
		}
	}
	if running, surplus := room(nil); running != 0 || len(surplus) != 0 {
		t.Errorf("an empty namespace has %d and %d", running, len(surplus))
	}
	add(3, "", "command-runs")
	add(2, "", "customers-own")
	add(command.MaxKept-1, batchv1.JobComplete, "command-ended")
	if running, surplus := room(jobs); running != 3 || len(surplus) != 0 {
		t.Errorf("%d run, and %d are too many", running, len(surplus))
	}
	add(1, batchv1.JobFailed, "command-first")
	running, surplus := room(jobs)
	if running != 3 || len(surplus) != 1 || surplus[0].CreationTimestamp.Time != now {
		t.Errorf("%d run, and these are too many: %v", running, surplus)
	}
	jobs[0].DeletionTimestamp = &metav1.Time{Time: now}
	if running, _ := room(jobs); running != 2 {
		t.Errorf("%d run; one of them is being deleted", running)
	}
}
