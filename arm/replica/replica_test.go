package replica

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

func TestState(t *testing.T) {
	now := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for sentence, c := range map[string]struct {
		state               state
		acknowledges, alone bool
	}{
		"one that never wrote the Lease knows nothing":           {state{refreshed: true}, false, false},
		"one that just wrote it, and met nobody, is alone":       {state{written: now, refreshed: true}, true, true},
		"but not before it knows what others wrote":              {state{written: now}, true, false},
		"one whose term is over relies on nothing":               {state{written: ago(Term), refreshed: true}, false, false},
		"nor in the margin before its end":                       {state{written: ago(Term - margin), refreshed: true}, false, false},
		"one that has just met another waits":                    {state{written: now, met: now, joined: now.Add(Term)}, false, false},
		"and acknowledges after that":                            {state{written: now, met: ago(Term), joined: now}, true, false},
		"one that met another a moment ago is not alone":         {state{written: now, met: ago(Quiet - 1), joined: ago(Term), refreshed: true}, true, false},
		"one that has not met another for long is alone":         {state{written: now, met: ago(Quiet), joined: ago(Term), refreshed: true}, true, true},
		"one that has not written for long, and met nobody, not": {state{written: ago(time.Hour), met: ago(2 * time.Hour), refreshed: true}, false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.state.acknowledges(now); got != c.acknowledges {
				t.Errorf("acknowledges: %v", got)
			}
			if got := c.state.alone(now); got != c.alone {
				t.Errorf("alone: %v", got)
			}
		})
	}
}

func TestWrote(t *testing.T) {
	began := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	ended := began.Add(time.Millisecond)
	for sentence, c := range map[string]struct {
		before state
		met    bool
		want   state
	}{
		"the first who meets nobody need not wait":               {state{}, false, state{written: began}},
		"the first who meets another waits a term":               {state{}, true, state{written: began, met: ended, joined: ended.Add(Term)}},
		"who goes on beside another does not wait again":         {state{written: began.Add(-busy), joined: began.Add(-Term)}, true, state{written: began, met: ended, joined: began.Add(-Term)}},
		"who was held up, and meets another, waits again":        {state{written: began.Add(-Term), joined: began.Add(-time.Hour)}, true, state{written: began, met: ended, joined: ended.Add(Term)}},
		"who was held up, and meets nobody, need not":            {state{written: began.Add(-time.Hour), refreshed: true}, false, state{written: began, refreshed: true}},
		"who meets another has to learn what that one wrote":     {state{written: began.Add(-busy), refreshed: true}, true, state{written: began, met: ended}},
		"who waits, and meets the other again, waits no longer":  {state{written: began.Add(-busy), joined: ended.Add(busy)}, true, state{written: began, met: ended, joined: ended.Add(busy)}},
		"who met another before, and does not now, remembers it": {state{written: began.Add(-busy), met: began.Add(-idle)}, false, state{written: began, met: began.Add(-idle)}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.before.wrote(began, ended, c.met); got != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// site is an API server whose Lease replicas write.
type site struct {
	client.Client
	broken atomic.Bool
	// silent: the next write is stored and not answered.
	silent atomic.Bool
}

func newSite() *site {
	s := &site{}
	refuse := func() error {
		if s.broken.Load() {
			return errors.New("broken")
		}
		return nil
	}
	s.Client = fake.NewClientBuilder().WithScheme(clientscheme.Scheme).WithInterceptorFuncs(interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.UpdateOption) error {
			if err := refuse(); err != nil {
				return err
			}
			err := c.Update(ctx, o, options...)
			if err == nil && s.silent.CompareAndSwap(true, false) {
				return errors.New("no answer")
			}
			return err
		},
	}).Build()
	return s
}

// start a replica. It is killed by kill, and ends in an orderly way by end.
func (s *site) start(t *testing.T) (r *Replica, refreshed *atomic.Int32, end func()) {
	refreshed = &atomic.Int32{}
	r = New(s, clock.RealClock{}, slog.New(slog.DiscardHandler), func(context.Context) error {
		refreshed.Add(1)
		return nil
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	return r, refreshed, func() { stop(); <-done }
}

func acknowledged(t *testing.T, r *Replica) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Acknowledge(ctx); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

func TestOneReplicaIsAloneUntilAnotherComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite()
		a, refreshed, endA := s.start(t)
		synctest.Wait()
		if took := acknowledged(t, a); took > shortest || !a.Alone() || refreshed.Load() != 1 {
			t.Errorf("the first waits %v, is alone: %v, refreshed %d times", took, a.Alone(), refreshed.Load())
		}
		time.Sleep(time.Hour)
		a.Alone() // who was idle says so when it is asked
		time.Sleep(2 * shortest)
		if took := acknowledged(t, a); took > 0 || !a.Alone() {
			t.Errorf("after an hour it waits %v, is alone: %v", took, a.Alone())
		}

		b, _, endB := s.start(t)
		if took := acknowledged(t, b); took < Term || took > 2*Term {
			t.Errorf("the second waits %v", took)
		}
		for range 200 {
			if a.Alone() || b.Alone() {
				t.Fatal("one of two is alone")
			}
			if took := acknowledged(t, a) + acknowledged(t, b); took > 0 {
				t.Fatalf("beside each other they wait %v", took)
			}
			time.Sleep(777 * time.Millisecond)
		}
		endB()
		time.Sleep(Quiet - 2*busy)
		if a.Alone() {
			t.Error("it is alone at once when the other has gone")
		}
		time.Sleep(4 * busy)
		if !a.Alone() || refreshed.Load() < 2 {
			t.Errorf("it is alone: %v, refreshed %d times", a.Alone(), refreshed.Load())
		}

		endA()
		c, _, endC := s.start(t)
		synctest.Wait()
		if took := acknowledged(t, c); took > shortest || !c.Alone() {
			t.Errorf("after one that ended in order the next waits %v, is alone: %v", took, c.Alone())
		}
		endC()
	})
}

// TestTwoAreNeverAlone lets replicas come, be held up and go at many moments: while one may acknowledge, no other is alone.
func TestTwoAreNeverAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite()
		a, _, endA := s.start(t)
		defer endA()
		synctest.Wait()
		for i := range 12 {
			time.Sleep(time.Duration(i) * 2997 * time.Millisecond)
			b, _, endB := s.start(t)
			for j := range 200 {
				s.broken.Store(j > 50 && j < 90)
				now := time.Now()
				b.mu.Lock()
				may := b.state.acknowledges(now)
				b.mu.Unlock()
				if may && a.Alone() || b.Alone() && a.Alone() {
					t.Fatalf("round %d: after %d steps of 50 ms one is alone beside another", i, j)
				}
				time.Sleep(50 * time.Millisecond)
			}
			endB()
		}
	})
}

// TestAWriteWithoutAnAnswerIsNoProofOfBeingAlone: the next look at the Lease finds this replica's own name in it.
func TestAWriteWithoutAnAnswerIsNoProofOfBeingAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite()
		_, _, endA := s.start(t)
		defer endA()
		synctest.Wait()
		s.silent.Store(true)
		b, _, endB := s.start(t)
		defer endB()
		if took := acknowledged(t, b); took < Term || s.silent.Load() {
			t.Errorf("the second waits %v; its first write was answered: %v", took, s.silent.Load())
		}
	})
}
