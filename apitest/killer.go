package apitest

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrKilled is the error of a write of a process that is dead.
var ErrKilled = errors.New("the process was killed")

// Killer ends the process that a controller is tested in at some of its writes, before or after them. A dead process writes nothing more; with the next reconcile
// another one begins.
type Killer struct {
	// Born is called when a process begins after one that was killed: it forgets what only that knew.
	Born func()

	mu            sync.Mutex
	random        *rand.Rand
	dead          bool
	row           int // how many died in a row
	writes, kills int
}

// inARow is how many processes may die one after the other. A new process tries at once, but the queue of the one that stands for all of them here waits twice as
// long after each death.
const inARow = 3

// NewKiller logs its seed; KILL_SEED sets it. At the end of the test it fails if nothing was killed.
func NewKiller(t *testing.T) *Killer {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("KILL_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	k := &Killer{random: rand.New(rand.NewPCG(seed, 0)), Born: func() {}}
	t.Cleanup(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		t.Logf("KILL_SEED=%d: %d writes, the process was killed %d times", seed, k.writes, k.kills)
		if k.kills == 0 && !t.Failed() {
			t.Error("the process was never killed")
		}
	})
	return k
}

// Client of the process, which dies at one in so many writes. Reading an object of the type of primary, by which each reconcile begins, is its begin.
func Client[T client.Object](k *Killer, c client.Client, oneIn int) client.Client {
	return mortal{c, k, oneIn, func(o client.Object) bool { _, is := o.(T); return is }}
}

func (k *Killer) write(oneIn int, do func() error) error {
	k.mu.Lock()
	if k.dead {
		k.mu.Unlock()
		return ErrKilled
	}
	k.writes++
	k.dead = k.row < inARow && k.random.IntN(oneIn) == 0
	dies, before := k.dead, k.random.IntN(2) == 0
	if dies {
		k.kills++
	}
	k.mu.Unlock()
	if dies && before {
		return ErrKilled
	}
	err := do()
	if dies {
		return ErrKilled
	}
	return err
}

func (k *Killer) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		k.Born()
		k.row++
	} else {
		k.row = 0
	}
	k.dead = false
}

type mortal struct {
	client.Client
	killer *Killer
	oneIn  int
	begins func(client.Object) bool
}

func (m mortal) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if m.begins(o) {
		m.killer.begin()
	}
	return m.Client.Get(ctx, key, o, options...)
}

func (m mortal) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	return m.killer.write(m.oneIn, func() error { return m.Client.Create(ctx, o, options...) })
}

func (m mortal) Update(ctx context.Context, o client.Object, options ...client.UpdateOption) error {
	return m.killer.write(m.oneIn, func() error { return m.Client.Update(ctx, o, options...) })
}

func (m mortal) Patch(ctx context.Context, o client.Object, p client.Patch, options ...client.PatchOption) error {
	return m.killer.write(m.oneIn, func() error { return m.Client.Patch(ctx, o, p, options...) })
}

func (m mortal) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	return m.killer.write(m.oneIn, func() error { return m.Client.Apply(ctx, o, options...) })
}

func (m mortal) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	return m.killer.write(m.oneIn, func() error { return m.Client.Delete(ctx, o, options...) })
}

func (m mortal) Status() client.SubResourceWriter {
	return mortalStatus{m.Client.Status(), m.killer, m.oneIn}
}

type mortalStatus struct {
	client.SubResourceWriter
	killer *Killer
	oneIn  int
}

func (m mortalStatus) Update(ctx context.Context, o client.Object, options ...client.SubResourceUpdateOption) error {
	return m.killer.write(m.oneIn, func() error { return m.SubResourceWriter.Update(ctx, o, options...) })
}

func (m mortalStatus) Patch(ctx context.Context, o client.Object, p client.Patch, options ...client.SubResourcePatchOption) error {
	return m.killer.write(m.oneIn, func() error { return m.SubResourceWriter.Patch(ctx, o, p, options...) })
}
