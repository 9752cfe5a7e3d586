// Package byhand is what Lotse is measured against: a single-node Kubernetes of the same version, unmodified, compiled as Lotse's own is
// and started as its documentation describes it, with default flags wherever there is a default.
//
// A round runs in a sandbox: a child of this program in new process, mount and network namespaces, where every port is free and no other
// Kubernetes on the machine interferes. When the child ends, the kernel ends everything in the sandbox, mounts and links included; only a
// directory and control groups remain to be removed.
//
// What the clock does not count favours doing it by hand: certificates, configuration files and image archives are made before.
package byhand
