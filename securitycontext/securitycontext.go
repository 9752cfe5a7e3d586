// Package securitycontext is what the programs that Lotse runs in Pods may do: no more than they need. Machines are the exception; their rights
// are in machine/pod.
package securitycontext

import corev1 "k8s.io/api/core/v1"

// User is the user and the group of programs that need no rights on their node: nonroot of Lotse's images.
const User int64 = 65532

// Pod runs as User, with the container runtime's seccomp profile.
func Pod() *corev1.PodSecurityContext {
	return &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: new(User), RunAsGroup: new(User), FSGroup: new(User),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

// Container has a read-only root filesystem and no capability. If its Pod runs as root, it may read what root may read and nothing more.
func Container() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}
