package node

import (
	"context"
	"errors"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

func TestRegistration(t *testing.T) {
	type answer struct{ registered, known bool }
	there, gone, silent := answer{true, true}, answer{false, true}, answer{false, false}
	for sentence, c := range map[string]struct {
		answers []answer
		last    error
	}{
		"a kubelet whose node exists is healthy":                     {[]answer{there}, nil},
		"a kubelet that has not registered yet is healthy":           {[]answer{gone, gone}, nil},
		"a kubelet whose node was deleted is not healthy":            {[]answer{there, gone}, errNodeGone},
		"a kubelet whose API server does not answer is healthy":      {[]answer{there, silent}, nil},
		"a kubelet that has not registered again yet is not healthy": {[]answer{there, gone, gone}, errNodeGone},
		"a kubelet that has registered again is healthy":             {[]answer{there, gone, gone, there}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			now := clocktesting.NewFakePassiveClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
			asked := 0
			r := &registration{clock: now, ask: func(context.Context) (bool, bool) {
				asked++
				return c.answers[asked-1].registered, c.answers[asked-1].known
			}}
			probe := r.probe(func(context.Context) error { return nil })
			var last error
			for range c.answers {
				last = probe(t.Context())
				now.SetTime(now.Now().Add(registrationPeriod))
			}
			if !errors.Is(last, c.last) || asked != len(c.answers) {
				t.Errorf("%v after %d requests, want %v", last, asked, c.last)
			}
		})
	}
}

func TestRegistrationIsAskedForSeldom(t *testing.T) {
	now := clocktesting.NewFakePassiveClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	asked, unhealthy := 0, errors.New("not healthy")
	r := &registration{clock: now, ask: func(context.Context) (bool, bool) { asked++; return true, true }}
	if err := r.probe(func(context.Context) error { return unhealthy })(t.Context()); !errors.Is(err, unhealthy) || asked != 0 {
		t.Errorf("a kubelet that is not healthy: %v, %d requests", err, asked)
	}
	for range 15 {
		if err := r.check(t.Context()); err != nil {
			t.Error(err)
		}
		now.SetTime(now.Now().Add(2 * time.Second))
	}
	if asked != 1 {
		t.Errorf("%d requests in %s", asked, registrationPeriod)
	}
}
