// Package agentpool turns an AgentPool into the ScaleSet that is its infrastructure, and decides when its nodes are what was asked for.
//
// The scale set is written only while an operation of the pool runs. Between operations it may carry changes that were made through the
// infrastructure API: each is a finding with its evidence in managedFields (B3), and the next operation of the pool undoes it (D6).
// Writing the scale set all the time would destroy the evidence.
//
// An operation that still waits after half an hour fails and names the machine and the reason. The controller keeps working: machines
// that come up later still join, and a drain that was blocked continues when it no longer is.
package agentpool
