package operation

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Settle records in o's status how far the operation of o's present generation is, and ends it if it is done, has failed or has waited
// longer than its deadline allows. A deletion never fails: there is nothing to go back to. Subject names o at the beginning of the failure's
// sentence, such as "Pool np1". An operation that was aborted ends Canceled: what it needed to leave behind was done before this.
func Settle(o v1alpha1.Tracked, subject string, outcome Outcome, now metav1.Time) {
	Begin(o, now)
	if v1alpha1.Aborted(o) {
		cancel(o, now)
		return
	}
	hold(o, outcome.Deadline.unlimited(), now)
	if outcome.Done() {
		finish(o, nil, now)
		return
	}
	if failure := outcome.failure(o, subject, now.Time); failure != nil {
		finish(o, failure, now)
		return
	}
	wait(o, outcome)
}

// failure that the operation ends with now; nil if it may go on.
func (o Outcome) failure(of v1alpha1.Tracked, subject string, now time.Time) *v1alpha1.OperationError {
	switch {
	case of.GetDeletionTimestamp() != nil:
		return nil
	case o.Failure != nil:
		return o.Failure
	case !o.Deadline.passed(v1alpha1.CurrentOperation(of).TimedFrom(), now):
		return nil
	}
	message := fmt.Sprintf("%s is not ready after %.0f minutes. It waits for: %s.", subject, o.Deadline.timeout().Minutes(), o.Waiting)
	if o.Deadline.Advice != "" {
		message += " " + o.Deadline.Advice
	}
	return &v1alpha1.OperationError{Code: o.Deadline.Code, Message: message}
}

func (d Deadline) timeout() time.Duration {
	if d.After == 0 {
		return DefaultTimeout
	}
	return d.After
}

func (d Deadline) unlimited() bool { return d.After == Unlimited }

func (d Deadline) passed(started, now time.Time) bool {
	if d.Since.After(started) {
		started = d.Since
	}
	return now.Sub(started) >= d.timeout()
}
