package builder

// promise is a result that another goroutine delivers.
type promise[T any] struct {
	kept  chan struct{}
	value T
	err   error
}

func newPromise[T any]() *promise[T] { return &promise[T]{kept: make(chan struct{})} }

// keep delivers the result; it is called once.
func (p *promise[T]) keep(value T, err error) {
	p.value, p.err = value, err
	close(p.kept)
}

// wait returns the result as soon as it is there.
func (p *promise[T]) wait() (T, error) {
	<-p.kept
	return p.value, p.err
}
