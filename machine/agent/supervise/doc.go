// Package supervise keeps programs running: it starts them in the order they depend on each other, asks whether they are well, replaces
// the ones that died or hang, and stops them in reverse order.
//
// Two parts share the work. The Reaper is the only one in the process that forks and waits, so it can be PID 1: it collects its own
// children and every orphan the kernel hands it, and never takes an exit away from anyone. The Supervisor runs one goroutine per unit;
// what it decides (how long to wait before a restart, when a program counts as hung) is in policy.go, pure and tested by table.
//
// A program is a session of its own. Stopping it signals its process group only: containerd's shims put themselves into other groups,
// so containers outlive a restart of containerd, as they do under systemd's KillMode=process.
package supervise
