package cluster

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

	"lotse.dev/api/v1alpha1"
)

// TestOperationsOfALotseThatIsKilled: each operation of a cluster ends as if nothing had been, although the process dies again and again before or after one of
// its writes, and the next one knows nothing. KILL_SEED repeats a run.
func TestOperationsOfALotseThatIsKilled(t *testing.T) {
	for operation, flow := range map[string]func(*testing.T, *environment){
		"creation, change and deletion": lives, "stop and start": stopsAndStarts, "rotation": rotates, "upgrade of the control plane": upgrades,
		"abort": aborts, "abort of an upgrade": abortsAnUpgrade,
	} {
		t.Run(operation, func(t *testing.T) {
			seed, err := strconv.ParseUint(os.Getenv("KILL_SEED"), 10, 64)
			if err != nil {
				seed = uint64(time.Now().UnixNano())
			}
			k := &killer{random: rand.New(rand.NewPCG(seed, 0))}
			s := newEnvironment(t, func(r *Reconciler, s *environment) {
				k.born = func() { r.mu.Lock(); r.addons = nil; r.mu.Unlock() }
				r.Client, s.hosted = mortal{r.Client, k, 5}, mortal{s.hosted, k, 40} // add-ons are many objects
			})
			flow(t, s)
			k.mu.Lock()
			defer k.mu.Unlock()
			t.Logf("KILL_SEED=%d: %d writes, the process was killed %d times", seed, k.writes, k.kills)
			if k.kills < 3 {
				t.Errorf("it was killed only %d times", k.kills)
			}
		})
	}
}

// killer ends the process at one in some of its writes.
type killer struct {
	mu            sync.Mutex
	random        *rand.Rand
	dead          bool
	born          func()
	writes, kills int
}

var errKilled = errors.New("the process was killed")

// write unless the process is dead. At one in so many it dies before or after it.
func (k *killer) write(oneIn int, do func() error) error {
	k.mu.Lock()
	if k.dead {
		k.mu.Unlock()
		return errKilled
	}
	k.writes++
	k.dead = k.random.IntN(oneIn) == 0
	dies, before := k.dead, k.random.IntN(2) == 0
	if dies {
		k.kills++
	}
	k.mu.Unlock()
	if dies && before {
		return errKilled
	}
	err := do()
	if dies {
		return errKilled
	}
	return err
}

// begin another process, if the last one is dead.
func (k *killer) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		k.born()
	}
	k.dead = false
}

// mortal is the client of a process that is killed. With a look at the cluster, by which each reconcile begins, another process does.
type mortal struct {
	client.Client
	killer *killer
	oneIn  int
}

func (m mortal) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if _, begins := o.(*v1alpha1.ManagedCluster); begins {
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
	killer *killer
	oneIn  int
}

func (m mortalStatus) Update(ctx context.Context, o client.Object, options ...client.SubResourceUpdateOption) error {
	return m.killer.write(m.oneIn, func() error { return m.SubResourceWriter.Update(ctx, o, options...) })
}

func (m mortalStatus) Patch(ctx context.Context, o client.Object, p client.Patch, options ...client.SubResourcePatchOption) error {
	return m.killer.write(m.oneIn, func() error { return m.SubResourceWriter.Patch(ctx, o, p, options...) })
}
