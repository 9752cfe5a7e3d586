// Package supervise keeps programs running: it starts them in the order they depend on each other, probes them, restarts those that
// exited or hang, and stops them in reverse order.
//
// It has two parts. The Reaper is the only code in the process that forks and waits, so the process can be PID 1: it collects its own
// children and every orphan that the kernel reparents to it. The Supervisor runs one goroutine per unit; its decisions (how long to wait
// before a restart, when a program counts as hung) are in policy.go, pure and tested by table.
//
// A program is a session of its own. Stopping it signals its process group only: containerd's shims put themselves into other groups,
// so containers outlive a restart of containerd, as they do under systemd's KillMode=process.
package supervise
