package registry

import "sync"

// maxUploads at the same time of one principal. Clients send four to six of an image; a principal may push several.
const maxUploads = 32

// slots count the uploads of each principal.
type slots struct {
	mu   sync.Mutex
	used map[string]int
}

// take a slot, and return the function that frees it; nil if all of the principal's slots are taken.
func (s *slots) take(principal string) (free func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[principal] >= maxUploads {
		return nil
	}
	if s.used == nil {
		s.used = map[string]int{}
	}
	s.used[principal]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.used[principal]--; s.used[principal] == 0 {
			delete(s.used, principal)
		}
	}
}
