package middleware

import "sync"

// places bound how many requests hold something at once: all of them, and those of one caller.
type places struct {
	most, mostOf int

	mu     sync.Mutex
	all    int
	holder map[string]int
}

func newPlaces(most, mostOf int) *places {
	return &places{most: most, mostOf: mostOf, holder: map[string]int{}}
}

// take a place for a caller. It is false if there is none; otherwise the caller frees it.
func (p *places) take(key string) (free func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.most || p.holder[key] >= p.mostOf {
		return nil, false
	}
	p.all++
	p.holder[key]++
	return sync.OnceFunc(func() { p.free(key) }), true
}

func (p *places) free(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.holder[key]--; p.holder[key] == 0 {
		delete(p.holder, key)
	}
}
