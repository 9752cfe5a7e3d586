package survival

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// How a victim is struck.
type How string

// The ways to strike.
const (
	Kill How = "KILL" // it dies
	Stop How = "STOP" // it hangs until somebody replaces it
	Nap  How = "NAP"  // it hangs, and goes on after a while: SIGSTOP, SIGCONT
)

// Blow is one strike of a soak.
type Blow struct {
	Victim string
	How    How
	// For is how long a nap lasts; Then is how long to wait before the next blow.
	For, Then time.Duration
}

// String implements fmt.Stringer.
func (b Blow) String() string {
	if b.How == Nap {
		return fmt.Sprintf("%s %s for %s, then wait %s", b.How, b.Victim, b.For, b.Then)
	}
	return fmt.Sprintf("%s %s, then wait %s", b.How, b.Victim, b.Then)
}

// Sequence of blows that a seed stands for: the same seed and victims give the same blows, in the same order.
func Sequence(seed uint64, victims []string, count int) []Blow {
	const salt = 0x10753
	random := rand.New(rand.NewPCG(seed, salt))
	all := make([]Blow, count)
	for i := range all {
		b := Blow{Victim: victims[random.IntN(len(victims))], How: Kill}
		switch n := random.IntN(10); {
		case n == 9:
			b.How = Stop
		case n >= 7:
			b.How, b.For = Nap, time.Duration(1+random.IntN(12))*time.Second
		}
		b.Then = time.Duration(random.IntN(5000)) * time.Millisecond
		all[i] = b
	}
	return all
}
