package store

import (
	"strings"
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
)

func state(size, used int64, full bool) v1alpha1.StoreState {
	return v1alpha1.StoreState{SizeBytes: size << 20, UsedBytes: used << 20, QuotaBytes: 100 << 20, Full: full}
}

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		state v1alpha1.StoreState
		tried []step
		want  step
	}{
		"a store that is not nearly full is left alone":              {state(40, 30, false), nil, nothing},
		"a store that fills up is left alone":                        {state(95, 90, false), nil, nothing},
		"a small file is left alone, however little of it is in use": {state(60, 1, false), nil, nothing},
		"a large file of which little is in use is defragmented":     {state(85, 20, false), nil, defragment},
		"and not a second time":                                      {state(85, 20, false), []step{defragment}, nothing},
		"a full store is compacted first":                            {state(101, 99, true), nil, compact},
		"a full store of data stays closed, or it would be full at once": {
			state(101, 90, true), []step{compact}, nothing,
		},
		"a full store with less than 80 % of data is defragmented":  {state(101, 70, true), []step{compact}, defragment},
		"then the alarm is disarmed":                                {state(71, 70, true), []step{compact, defragment}, disarm},
		"an alarm that outlived defragmentation ends without it":    {state(71, 70, true), []step{compact}, disarm},
		"a defragmentation that gave back little is not repeated":   {state(81, 79, true), []step{compact, defragment}, disarm},
		"an alarm that does not end is left for the next check":     {state(71, 70, true), []step{compact, disarm}, nothing},
		"an etcd that does not say its quota is not judged by size": {v1alpha1.StoreState{SizeBytes: 1 << 40}, nil, nothing},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := facts{StoreState: tt.state, tried: map[step]bool{}}
			for _, s := range tt.tried {
				f.tried[s] = true
			}
			if got := decide(f); got != tt.want {
				t.Errorf("decide = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAgain(t *testing.T) {
	unanswered := state(10, 10, false)
	unanswered.Trouble = "connection refused"
	for sentence, c := range map[string]struct {
		state v1alpha1.StoreState
		want  time.Duration
	}{
		"a store with much space is checked seldom":             {state(40, 30, false), 30 * time.Second},
		"one with a large file is checked more often":           {state(60, 10, false), 15 * time.Second},
		"and so is one that did not answer":                     {unanswered, 15 * time.Second},
		"one that fills up is checked still more often":         {state(90, 85, false), 5 * time.Second},
		"one that is full is checked as often, until it is not": {state(101, 20, true), 5 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := again(c.state); got != c.want {
				t.Errorf("again after %s, want %s", got, c.want)
			}
		})
	}
}

func TestMessage(t *testing.T) {
	troubled := state(101, 20, true)
	troubled.Trouble = "no space left on device"
	unanswered := state(40, 30, false)
	unanswered.Trouble = "connection refused"
	tests := map[string]struct {
		state v1alpha1.StoreState
		want  []string
	}{
		"a store with space has no message":                          {state(40, 30, false), nil},
		"a store that did not answer has none: its probes report it": {unanswered, nil},
		"a store that fills up says how far":                         {state(90, 85, false), []string{"filling up", "85 MiB of 100 MiB", "Delete objects"}},
		"a full store says how much, what to do and what follows":    {state(101, 99, true), []string{"full", "99 MiB of 100 MiB", "refuses writes", "Delete objects", "Below 80 MiB"}},
		"a full store with little data is the service's to repair":   {state(101, 20, true), []string{"101 MiB of 100 MiB", "The service is freeing space"}},
		"and if the service cannot, it says why":                     {troubled, []string{"could not free space", "no space left on device"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Message(tt.state)
			if (got == "") != (len(tt.want) == 0) {
				t.Errorf("Message = %q", got)
			}
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("Message = %q, without %q", got, part)
				}
			}
		})
	}
}

func TestChanged(t *testing.T) {
	known := func(change func(*v1alpha1.StoreState)) v1alpha1.StoreState {
		s := state(50, 40, false)
		change(&s)
		return s
	}
	before := known(func(*v1alpha1.StoreState) {})
	tests := map[string]struct {
		before *v1alpha1.StoreState
		now    v1alpha1.StoreState
		want   bool
	}{
		"the first state is news":            {nil, before, true},
		"nothing changed is none":            {&before, before, false},
		"a few bytes are none":               {&before, known(func(s *v1alpha1.StoreState) { s.SizeBytes += 4096; s.UsedBytes -= 4096 }), false},
		"a hundredth of the quota is news":   {&before, known(func(s *v1alpha1.StoreState) { s.SizeBytes += 1 << 20 }), true},
		"so is as much given back":           {&before, known(func(s *v1alpha1.StoreState) { s.UsedBytes -= 1 << 20 }), true},
		"that it is full is news":            {&before, known(func(s *v1alpha1.StoreState) { s.Full = true }), true},
		"that it does not answer is news":    {&before, known(func(s *v1alpha1.StoreState) { s.Trouble = "connection refused" }), true},
		"another quota is news":              {&before, known(func(s *v1alpha1.StoreState) { s.QuotaBytes++ }), true},
		"without a quota an idle one is not": {&v1alpha1.StoreState{SizeBytes: 9}, v1alpha1.StoreState{SizeBytes: 9}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := changed(tt.before, tt.now); got != tt.want {
				t.Errorf("changed = %v, want %v", got, tt.want)
			}
		})
	}
}
