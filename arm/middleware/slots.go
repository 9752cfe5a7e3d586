package middleware

import "sync"

// slots bound how many requests are served at once: all of them, and those of one caller.
type slots struct {
	most, mostOf int

	mu     sync.Mutex
	all    int
	holder map[string]int
}

func newSlots(most, mostOf int) *slots {
	return &slots{most: most, mostOf: mostOf, holder: map[string]int{}}
}

// take a slot for a caller. It is false if none is free; otherwise the caller calls free.
func (s *slots) take(key string) (free func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= s.most || s.holder[key] >= s.mostOf {
		return nil, false
	}
	s.all++
	s.holder[key]++
	return sync.OnceFunc(func() { s.free(key) }), true
}

func (s *slots) free(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.holder[key]--; s.holder[key] == 0 {
		delete(s.holder, key)
	}
}
