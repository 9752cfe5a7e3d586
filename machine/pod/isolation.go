package pod

import (
	corev1 "k8s.io/api/core/v1"
)

// Isolation is what keeps a machine apart from its host. Its zero value is the least that every management cluster has.
type Isolation struct {
	// RuntimeClass whose runtime gives machines a user namespace and their own cgroups in it (machine/agent/hook). Empty: machines share the
	// host's user namespace, and root in a machine is root on its host but for what securityContext takes from it.
	RuntimeClass string
	// SeccompProfile of the host's kubelet, relative to its directory of profiles. Empty: machines may use all system calls.
	SeccompProfile string
}

// confine applies the isolation to a machine's Pod.
func (i Isolation) confine(p *corev1.PodSpec) {
	context := p.Containers[0].SecurityContext
	if i.SeccompProfile != "" {
		context.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: &i.SeccompProfile}
	}
	if i.RuntimeClass == "" {
		return
	}
	p.RuntimeClassName, p.HostUsers = &i.RuntimeClass, new(false)
	// The files of /proc that runtimes cover are root's, which a machine is not. Covered, they would keep the kernel from mounting /proc for the
	// containers inside.
	context.ProcMount = new(corev1.UnmaskedProcMount)
}
