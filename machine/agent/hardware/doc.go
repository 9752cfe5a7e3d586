// Package hardware shows a machine its own size instead of the host's. The kubelet learns what a node has from cAdvisor, which reads
// /proc/meminfo, /proc/cpuinfo and the trees of processors and memory nodes under /sys/devices/system; what a node is, it learns from
// the machine id, the firmware's product UUID and the kernel's boot id. Describe writes these anew, and Mount lays them over the
// real ones for every process of the machine.
//
// What pods see in their own /proc is the kernel's: the size is what the scheduler counts with, and the cgroup of the machine is what
// enforces it.
package hardware
