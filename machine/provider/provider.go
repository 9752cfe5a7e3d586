// Package provider is the interface between machines and what runs them: Pods today, virtual machines or bare hosts later. Every implementation
// has to pass the suite in conformance.
package provider

import (
	"context"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/size"
)

// Ref identifies a machine.
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
	// DiskGeneration that a disk gets when Ensure makes one. The caller counts it up to have the machine reimaged.
	DiskGeneration int64
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

// Unschedulable is the Reason of a Pending machine for which no host has capacity.
const Unschedulable = v1alpha1.ReasonUnschedulable

// State of a machine.
type State struct {
	Phase Phase
	// Disk exists, also while it is being deleted.
	Disk bool
	// DiskDeleting: the disk is being deleted. No machine starts on it any more.
	DiskDeleting bool
	// DiskGeneration that the disk was made with; 0 without a disk.
	DiskGeneration int64
	// Healthy is what the machine says about itself once it runs.
	Healthy bool
	// Address inside the management cluster, once it is known.
	Address string
	// Reason (one CamelCase word) and Message explain every phase but Running.
	Reason, Message string
}

// Gone reports that nothing of the machine is left.
func (s State) Gone() bool { return s.Phase == Absent && !s.Disk }

// Stopped reports that the machine does not run and that Ensure can start it again on its disk. Azure calls that deallocated.
func (s State) Stopped() bool { return s.Phase == Absent && s.Disk && !s.DiskDeleting }

// Reimaged reports that the machine has a disk of this generation or a later one.
func (s State) Reimaged(generation int64) bool {
	return s.Disk && !s.DiskDeleting && s.DiskGeneration >= generation
}

// Provider runs machines.
//
// All methods return soon; progress shows in State. Each may be called again at any time and from any state, also by another process
// that knows nothing of the first call. A provider keeps no desired state: the caller decides from State whether a machine that is Absent
// should be. Everything but Delete keeps a machine's identity: its name, its boot Secret and its Labels.
type Provider interface {
	// Ensure makes the disk if there is none and starts the machine if it does not run, whether it is new, stopped or Dead. It never
	// changes a running machine and never replaces a disk, whatever its generation. While a disk is being deleted it starts nothing.
	Ensure(ctx context.Context, i Instance) error
	// Deliver lets a running machine see its boot Secret as it is now, sooner than it would by itself. Version tells contents apart: a call that
	// repeats the last one does nothing, and so does one for a machine that does not run.
	Deliver(ctx context.Context, r Ref, version string) error
	// State of the machine at present. A machine that was never made is Absent; that is no error.
	State(ctx context.Context, r Ref) (State, error)
	// Stop the machine, letting it end its work, and keep its disk. It is done when State is Stopped (or Gone, for a machine without a
	// disk); Ensure starts the machine again. A disk that is being deleted stays so.
	Stop(ctx context.Context, r Ref) error
	// Reimage stops the machine and deletes its disk if that is of an earlier generation; otherwise it does nothing. So a call that is
	// repeated, even long after the new disk was made, never deletes twice. When the disk is gone, Ensure makes the new one and starts
	// the machine, and State is Reimaged. A caller that wants a machine reimaged calls Reimage, and not Ensure, while State shows a disk
	// of an earlier generation.
	Reimage(ctx context.Context, r Ref, generation int64) error
	// Delete the machine and its disk. At once means without letting it end its work: its cluster is gone.
	Delete(ctx context.Context, r Ref, atOnce bool) error
}
