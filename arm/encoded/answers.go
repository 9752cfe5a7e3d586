// Package encoded keeps what resources look like in answers, in JSON, so that a resource is encoded once for each of its versions and not for
// each request.
package encoded

import (
	"container/list"
	"encoding/json"
	"sync"
)

// MaxBytes of answers are kept. Beyond them the one that was not used for longest is encoded again.
const MaxBytes = 32 << 20

// overhead of one answer that is kept: its place in the list and in the map.
const overhead = 256

// Answers by resource. The newest version that was asked for is kept.
type Answers struct {
	max int

	mu    sync.Mutex
	bytes int
	used  *list.List // of *answer, the latest first
	by    map[string]*list.Element
}

type answer struct {
	id, version string
	body        []byte
}

func (a *answer) size() int { return 2*len(a.id) + len(a.version) + len(a.body) + overhead }

// New answers, of at most so many bytes.
func New(maxBytes int) *Answers {
	return &Answers{max: maxBytes, used: list.New(), by: map[string]*list.Element{}}
}

// Of is the JSON of a version of a resource. id and version are of all that it depends on, and who may see it is not part of that. The bytes must
// not be changed.
func (a *Answers) Of(id, version string, body func() any) ([]byte, error) {
	if found := a.find(id, version); found != nil {
		return found, nil
	}
	made, err := json.Marshal(body())
	if err == nil {
		a.keep(&answer{id, version, made})
	}
	return made, err
}

func (a *Answers) find(id, version string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.by[id]
	if e == nil {
		return nil
	}
	found, ok := e.Value.(*answer)
	if !ok || found.version != version {
		return nil
	}
	a.used.MoveToFront(e)
	return found.body
}

func (a *Answers) keep(made *answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(a.by[made.id])
	a.by[made.id] = a.used.PushFront(made)
	for a.bytes += made.size(); a.bytes > a.max; {
		a.drop(a.used.Back())
	}
}

func (a *Answers) drop(e *list.Element) {
	if e == nil {
		return
	}
	if old, ok := a.used.Remove(e).(*answer); ok {
		a.bytes -= old.size()
		delete(a.by, old.id)
	}
}

// List of items that are encoded, as ARM answers it.
func List(items [][]byte, nextLink string) ([]byte, error) {
	size := len(`{"value":[],"nextLink":""}`) + 2*len(nextLink) + len(items)
	for _, i := range items {
		size += len(i)
	}
	all := append(make([]byte, 0, size), `{"value":[`...)
	for n, i := range items {
		if n > 0 {
			all = append(all, ',')
		}
		all = append(all, i...)
	}
	all = append(all, ']')
	if nextLink != "" {
		link, err := json.Marshal(nextLink)
		if err != nil {
			return nil, err
		}
		all = append(append(all, `,"nextLink":`...), link...)
	}
	return append(all, '}'), nil
}
