// Package byhand is what Lotse is measured against: a single-node Kubernetes started from the same binaries, as its documentation tells
// anybody to, with default flags wherever there is a default.
//
// A round runs in a room of its own: a child of this program in new process, mount and network namespaces, where every port is free and
// nothing meets another Kubernetes on the machine. When the child ends, the kernel ends everything in the room, mounts and links
// included; only a directory and control groups remain to be removed.
//
// What the clock does not count is in favour of doing it by hand: certificates, configuration files and image archives are made before.
package byhand
