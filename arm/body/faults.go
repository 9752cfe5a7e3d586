package body

import "lotse.dev/arm/fault"

// maxFaults of a body are reported, the others counted. Each may repeat a part of the body.
const maxFaults = 25

// faults of a body, in the order in which they were found.
type faults struct {
	reported []*fault.Error
	more     int
}

// full reports whether another fault would only be counted, and counts it.
func (f *faults) full() bool {
	if len(f.reported) < maxFaults {
		return false
	}
	f.more++
	return true
}

func (f *faults) add(e *fault.Error) { f.reported = append(f.reported, e) }

// joined is one error of all faults; nil of none.
func (f *faults) joined() error {
	if f.more == 0 {
		return fault.Join(f.reported)
	}
	return fault.Join(append(f.reported[:len(f.reported):len(f.reported)],
		fault.New(fault.InvalidParameter, "%d more properties are invalid. Correct the first %d and try again.", f.more, maxFaults)))
}
