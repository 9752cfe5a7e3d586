// Package cgroup gives a machine a control group tree of its own inside the Pod that it is.
//
// The Pod's container starts in the host's view of the tree, or with it mounted read-only. Leave moves the process into a new cgroup
// namespace, whose root is the container's own cgroup; Mount then shows that root at /sys/fs/cgroup. So the kubelet's "/" is the
// machine, with its limits and its usage, and nothing above it can be read or written.
package cgroup
