// Package credential decides which credential a machine joins its cluster with: the kubelet's certificate on the machine's disk, which came with the
// machine or by a certificate request, or the bootstrap token. Only the API server knows whether either is valid, so the machine asks it, and waits without a time limit: machines
// boot while their control plane does.
package credential
