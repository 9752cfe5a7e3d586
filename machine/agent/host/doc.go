// Package host runs the management cluster's own components on a machine: etcd, the control plane, containerd, kubelet. "lotse up"
// decides which they are and with which arguments they run, and writes boot.Host; this package keeps them running, on a link that has
// their stable address.
package host
