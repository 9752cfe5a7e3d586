// Package scaleset keeps as many Machines as a ScaleSet asks for, each with its model.
//
// An instance ID names one machine forever: evidence, events and disks of an old machine never look like those of a new one. The next ID
// is therefore stored before its machine is created; a process that dies in between leaves a gap, never a repetition.
//
// Scaling down deletes the machines that are missed least, or deallocates them, and machines can be told to go by name. A halted set is left as
// it is, half-done as it may be, because the operation of its pool was aborted; only the surge machines of an upgrade go.
//
// A change of the model's labels and taints reaches existing machines. A change of its image does by a rollout (package
// rollout), whose steps this package takes.
package scaleset
