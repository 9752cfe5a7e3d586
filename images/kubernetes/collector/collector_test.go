package collector

import (
	"testing"
	"time"
)

func TestOver(t *testing.T) {
	for sentence, c := range map[string]struct {
		since, spent time.Duration
		want         bool
	}{
		"a start that is at work goes on":                        {5 * time.Second, 400 * time.Millisecond, false},
		"a start that is idle is over":                           {3 * time.Second, 20 * time.Millisecond, true},
		"a process that waits at first is not past its start":    {time.Second, 0, false},
		"a process that is always busy gets its setting as well": {20 * time.Second, time.Second, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := over(c.since, c.spent); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
