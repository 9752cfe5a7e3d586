// Package agentpool turns an AgentPool into the ScaleSet that is its infrastructure, and tells when its nodes are what was asked for.
//
// The scale set is written only while an operation of the pool runs. Between operations it may carry what somebody changed through the
// infrastructure API: that is a finding with its evidence in managedFields (B3), and the next operation of the pool undoes it (D6).
// Writing it all the time would destroy the evidence.
//
// An operation that still waits after half an hour fails and names the machine and the reason. Nothing is given up with it: machines
// that come later still join, and a drain that was blocked goes on when it no longer is.
package agentpool
