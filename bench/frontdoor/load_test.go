package frontdoor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for sentence, c := range map[string]struct {
		values []time.Duration
		p      int
		want   time.Duration
	}{
		"of nothing it is nothing":                 {nil, 50, 0},
		"of one value it is that":                  {hundred[:1], 99, 1},
		"half of a hundred do not exceed the 50th": {hundred, 50, 50},
		"99 of a hundred do not exceed the 99th":   {hundred, 99, 99},
		"of ten the 99th is the greatest":          {hundred[:10], 99, 10},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := percentile(c.values, c.p); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestRunSendsEachRequestOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]int{}
	load, err := run(t.Context(), 50, func(_ context.Context, i int) error {
		mu.Lock()
		defer mu.Unlock()
		seen[i]++
		return nil
	})
	if err != nil || load.Requests != 50 || len(seen) != 50 || load.PerSecond() <= 0 {
		t.Errorf("%+v, %v: %d different requests were sent, want 50", load, err, len(seen))
	}
}

func TestARunEndsWithTheFirstFailure(t *testing.T) {
	broken := errors.New("broken")
	_, err := run(t.Context(), 1000, func(_ context.Context, i int) error {
		if i == 3 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the failure", err)
	}
}
