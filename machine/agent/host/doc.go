// Package host runs the management cluster's own components on a machine: etcd, the control plane, containerd, kubelet. What they are
// and with which arguments they run is decided by "lotse up", which writes boot.Host; here they are only kept running, on a link that
// carries their stable address.
package host
