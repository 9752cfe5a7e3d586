// Package settings writes the configuration of a node's components from the machine's boot file: containerd, kubelet, kube-proxy and flannel,
// their credentials and the registry they pull from. Rendering is a pure function of boot.Machine and Facts about the Pod, with golden files.
package settings
