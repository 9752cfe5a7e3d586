// Package hardware shows a machine its own size instead of the host's. The kubelet reads a node's capacity through cAdvisor from
// /proc/meminfo, /proc/cpuinfo and the trees of processors and memory nodes under /sys/devices/system, and a node's identity from the
// machine ID, the firmware's product UUID and the kernel's boot ID. Describe renders these files, and Mount mounts them over the real ones
// for every process of the machine. The kernel settings that a kubelet insists on are such files too.
//
// Pods see the kernel's own files in their /proc: the scheduler uses the size, and the machine's cgroup enforces it.
package hardware
