package hosted

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/command"
)

// Keys of the Secret in which the Pod writes the result.
const keyResult, keyLogs = "result", "logs"

// report is what images/components/runcommand writes.
type report struct {
	ExitCode   int32     `json:"exitCode"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	Reason     string    `json:"reason"`
}

// resultOf a command, by its Job and the Secret for its result; the Secret may be nil. Both belong to a customer's cluster, whose administrators can write
// anything there: nothing of them is believed beyond its bounds.
func resultOf(id string, j *batchv1.Job, s *corev1.Secret) command.Result {
	r := command.Result{ID: id, Principal: j.Labels[labelPrincipal], StartedAt: timeOf(j.Status.StartTime)}
	if s != nil && len(s.Data[keyResult]) > 0 {
		reported(&r, s)
		return r
	}
	ended := end(j)
	if ended == nil {
		return r
	}
	r.Done, r.FinishedAt = true, ended.LastTransitionTime.Time
	switch {
	case ended.Reason == batchv1.JobReasonDeadlineExceeded:
		r.Reason = fmt.Sprintf("The command did not end within %.0f minutes, with the start of its Pod. If it did not begin at all, no node had room for the Pod, "+
			"or none could start it: look at the events of namespace %s.", command.MaxDuration.Minutes(), Namespace)
	case ended.Type == batchv1.JobComplete:
		r.Reason = "The command has ended, and its result was removed."
	default:
		r.Reason = "The Pod of the command ended without a result: it was deleted or evicted, it used more than 512 MiB of memory, or its node failed."
	}
	return r
}

func reported(r *command.Result, s *corev1.Secret) {
	r.Done = true
	var got report
	if err := json.Unmarshal(s.Data[keyResult], &got); err != nil {
		r.Reason = "The result was overwritten in the cluster and cannot be read."
		return
	}
	logs := s.Data[keyLogs]
	r.Logs = strings.ToValidUTF8(string(logs[:min(len(logs), command.MaxOutput)]), "\uFFFD")
	r.ExitCode, r.StartedAt, r.FinishedAt = got.ExitCode, got.StartedAt, got.FinishedAt
	r.Reason = strings.ToValidUTF8(got.Reason[:min(len(got.Reason), 1024)], "")
	r.Succeeded = r.Reason == ""
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// end of a Job; nil while it runs.
func end(j *batchv1.Job) *batchv1.JobCondition {
	for i, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return &j.Status.Conditions[i]
		}
	}
	return nil
}

// room for another command: how many of a cluster's run, and the Jobs that have ended and are more than may be kept.
func room(jobs []batchv1.Job) (running int, surplus []batchv1.Job) {
	var ended []batchv1.Job
	for _, j := range jobs {
		switch {
		case !strings.HasPrefix(j.Name, "command-"), j.DeletionTimestamp != nil:
		case end(&j) == nil:
			running++
		default:
			ended = append(ended, j)
		}
	}
	slices.SortFunc(ended, func(a, b batchv1.Job) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return running, ended[min(len(ended), command.MaxKept-1):]
}
