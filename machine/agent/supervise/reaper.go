package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepFreed lets the short programs that children run, nft above all, keep what they free until they end. kube-proxy and CNI plugins run nft dozens of
// times for each new node, and giving some thirty buffers back to the kernel is a third of what one run costs in a virtual machine. Only programs of
// the C library read it, and no container gets it.
const keepFreed = "GLIBC_TUNABLES=glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=1073741824:glibc.malloc.top_pad=1048576"

// Reaper starts children and collects every process that exits. A process may have one Reaper only and must not use os/exec beside it:
// Wait4(-1) would take the exits that os/exec waits for.
type Reaper struct {
	forks chan fork

	// mu is held from before a fork until its pid is in children, and while exits are collected. So a child that exits at once is
	// never taken for an orphan.
	mu       sync.Mutex
	children map[int]chan Exit
}

type fork struct {
	path string
	argv []string
	attr *syscall.ProcAttr
	done chan<- forked
}

type forked struct {
	child *Child
	err   error
}

// NewReaper makes this process the parent of all orphans below it and starts to collect them.
func NewReaper() (*Reaper, error) {
	// If this process is PID 1 this changes nothing. On a host it keeps shims that lost their containerd below it, and cleans up
	// after programs where PID 1 is something that does not reap.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("becoming the reaper of orphans: %w", err)
	}
	r := &Reaper{forks: make(chan fork), children: map[int]chan Exit{}}
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	go r.forkLoop()
	go func() {
		for range died {
			r.collect()
		}
	}()
	return r, nil
}

// forkLoop forks from one thread that never ends, because the kernel delivers a child's parent-death signal when the forking thread
// ends, not the process.
func (r *Reaper) forkLoop() {
	runtime.LockOSThread()
	for f := range r.forks {
		r.mu.Lock()
		pid, err := syscall.ForkExec(f.path, f.argv, f.attr)
		if err != nil {
			r.mu.Unlock()
			f.done <- forked{err: err}
			continue
		}
		exit := make(chan Exit, 1)
		r.children[pid] = exit
		r.mu.Unlock()
		f.done <- forked{child: &Child{Pid: pid, Exited: exit}}
	}
}

// collect waits for every process that has exited. One SIGCHLD can stand for many.
func (r *Reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if exit, ours := r.children[pid]; ours {
			delete(r.children, pid)
			exit <- exitOf(status)
		}
	}
}

// Child is a started program.
type Child struct {
	Pid int
	// Exited receives one Exit.
	Exited <-chan Exit
}

// Signal the child's process group. The child leads its session, so the group's ID is its PID; after its exit the group may still hold
// helpers that it started.
func (c *Child) Signal(s syscall.Signal) {
	// ESRCH only says that no process is left to signal.
	_ = syscall.Kill(-c.Pid, s)
}

// Command is what to start.
type Command struct {
	Args []string
	Env  []string
	// Output gets standard output and standard error.
	Output *os.File
}

// Start a program in a session of its own.
func (r *Reaper) Start(c Command) (*Child, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("no program given")
	}
	path, err := exec.LookPath(c.Args[0])
	if err != nil {
		return nil, fmt.Errorf("finding the program: %w", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("opening standard input: %w", err)
	}
	defer null.Close()
	done := make(chan forked, 1)
	r.forks <- fork{path: path, argv: c.Args, done: done, attr: &syscall.ProcAttr{
		Env:   environment(os.Environ(), []string{keepFreed}, c.Env),
		Files: []uintptr{null.Fd(), c.Output.Fd(), c.Output.Fd()},
		Sys: &syscall.SysProcAttr{
			Setsid: true,
			// A program must not outlive the agent: the next agent's program would conflict with it over ports and data. The kernel clears this
			// setting when the program forks, so containerd's shims, and with them the containers, stay.
			Pdeathsig: syscall.SIGKILL,
		},
	}}
	result := <-done
	if result.err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, result.err)
	}
	return result.child, nil
}

// environment of all, of which a later one's variable takes the place of an earlier one's. A program that gets both may take either: Go's takes the
// first, others the last.
func environment(all ...[]string) []string {
	var variables []string
	for _, v := range slices.Concat(all...) {
		name, _, _ := strings.Cut(v, "=")
		variables = slices.DeleteFunc(variables, func(earlier string) bool { return strings.HasPrefix(earlier, name+"=") })
		variables = append(variables, v)
	}
	return variables
}
