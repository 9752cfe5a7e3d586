// Package provider is the seam between machines and what makes them real: Pods today, virtual machines or bare hosts later. Whatever
// implements it has to pass the suite in conformance.
package provider

import (
	"context"

	"lotse.dev/machine/size"
)

// Ref says which machine is meant.
type Ref struct {
	// Namespace of the cluster's machines.
	Namespace string
	// Name is the machine's hostname; with the namespace it is unique and never means another machine.
	Name string
}

// Instance is a machine as a provider is asked to make it.
type Instance struct {
	Ref
	// Labels by which the machine is found again; a provider puts them on everything it makes.
	Labels map[string]string
	// Image is the full reference of the node image.
	Image string
	Size  size.Size
	// DiskGB that survive the machine's restarts. A provider that cannot enforce a size still keeps the data.
	DiskGB int32
	// BootSecret in Namespace is what the machine finds under boot.MachineFile.
	BootSecret string
}

// Phase of a machine's life as its provider sees it.
type Phase string

// Phases.
const (
	// Absent: nothing runs and nothing is about to; a disk may exist.
	Absent Phase = "Absent"
	// Pending: asked for, not running yet. State.Reason and State.Message say why.
	Pending Phase = "Pending"
	Running Phase = "Running"
	// Stopping: on its way to Absent.
	Stopping Phase = "Stopping"
	// Dead: ended by something other than Lotse. Ensure clears it away and starts the machine again.
	Dead Phase = "Dead"
)

// Unschedulable is the Reason of a Pending machine for which there is no room.
const Unschedulable = "Unschedulable"

// State of a machine.
type State struct {
	Phase Phase
	// Disk exists.
	Disk bool
	// Healthy is what the machine says about itself once it runs.
	Healthy bool
	// Address inside the management cluster, once it is known.
	Address string
	// Reason (one CamelCase word) and Message explain every phase but Running.
	Reason, Message string
}

// Gone reports that nothing of the machine is left.
func (s State) Gone() bool { return s.Phase == Absent && !s.Disk }

// Provider makes machines real. All methods return soon and may be called again at any time, from any state; progress shows in State.
type Provider interface {
	// Ensure makes the disk if there is none and starts the machine if it does not run. A running machine is never changed.
	Ensure(ctx context.Context, i Instance) error
	// State is what is. A machine that was never made is Absent; that is no error.
	State(ctx context.Context, r Ref) (State, error)
	// Delete the machine and its disk. At once means without letting it end its work: its cluster is gone.
	Delete(ctx context.Context, r Ref, atOnce bool) error
}
