package survival

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind of a fault.
type Kind string

// The kinds of faults.
const (
	Kill  Kind = "KILL"  // the target dies
	Hang  Kind = "HANG"  // it hangs until it is replaced
	Pause Kind = "PAUSE" // it hangs, and goes on after a while: SIGSTOP, SIGCONT
)

// Fault is one step of a soak.
type Fault struct {
	Target string
	Kind   Kind
	// For is how long a pause lasts; Then is how long to wait before the next fault.
	For, Then time.Duration
}

// String implements fmt.Stringer.
func (f Fault) String() string {
	if f.Kind == Pause {
		return fmt.Sprintf("%s %s for %s, then wait %s", f.Kind, f.Target, f.For, f.Then)
	}
	return fmt.Sprintf("%s %s, then wait %s", f.Kind, f.Target, f.Then)
}

// Sequence of faults that a seed stands for: the same seed and targets give the same faults, in the same order.
func Sequence(seed uint64, targets []string, count int) []Fault {
	const salt = 0x10753
	random := rand.New(rand.NewPCG(seed, salt))
	all := make([]Fault, count)
	for i := range all {
		f := Fault{Target: targets[random.IntN(len(targets))], Kind: Kill}
		switch n := random.IntN(10); {
		case n == 9:
			f.Kind = Hang
		case n >= 7:
			f.Kind, f.For = Pause, time.Duration(1+random.IntN(12))*time.Second
		}
		f.Then = time.Duration(random.IntN(5000)) * time.Millisecond
		all[i] = f
	}
	return all
}
