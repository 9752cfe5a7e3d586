// Package settings writes the configuration of a node's components from what the machine was told: containerd, kubelet and kube-proxy,
// their credentials and the registry they pull from. Everything here is a pure function of boot.Machine and two facts about the Pod;
// golden files show what comes out.
package settings
