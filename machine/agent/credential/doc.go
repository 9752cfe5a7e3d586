// Package credential decides with what a machine joins its cluster: the certificate that the kubelet got before and that lies on the
// machine's disk, or the bootstrap token. Who knows whether either is good is the API server, so the machine asks it, and waits as long
// as it takes: machines boot while their control plane does.
package credential
