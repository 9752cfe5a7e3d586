package operation

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestSetConditions(t *testing.T) {
	for sentence, c := range map[string]struct {
		before, after string // what the condition waits for
		since         metav1.Time
		reason        string
	}{
		"a condition that stays True keeps its time":          {"", "", start, "Ready"},
		"a condition that becomes True takes the new time":    {"etcd", "", later(1), "Ready"},
		"a condition that becomes False takes the new time":   {"", "etcd", later(1), "Waiting"},
		"another message of a False condition keeps its time": {"etcd", "the API server", start, "Waiting"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var all []metav1.Condition
			SetConditions(&all, 1, start, Ready("Serving", c.before), Ready("Other", ""))
			SetConditions(&all, 2, later(1), Ready("Serving", c.after))
			got := all[0]
			if len(all) != 2 || got.Type != "Serving" || got.Message != c.after || got.Reason != c.reason || got.ObservedGeneration != 2 {
				t.Errorf("conditions are %+v", all)
			}
			if !got.LastTransitionTime.Equal(&c.since) {
				t.Errorf("it is so since %s, want %s", got.LastTransitionTime, c.since)
			}
			if (got.Status == metav1.ConditionTrue) != (c.after == "") {
				t.Errorf("status %s while it waits for %q", got.Status, c.after)
			}
		})
	}
}
