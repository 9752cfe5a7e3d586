package byhand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"lotse.dev/bench/usage"
	"lotse.dev/management/teardown"
)

// Verb makes the program that runs a benchmark call Inside instead.
const Verb = "inside-sandbox"

// cgroup is where the sandbox's Pods are, in every hierarchy.
const cgroup = "lotse-bench"

// Order says what a round is to do.
type Order struct {
	// Bin holds the binaries, and Servers the unmodified servers of Kubernetes; Images are the archives to import.
	Bin     string   `json:"bin"`
	Servers string   `json:"servers"`
	Images  []string `json:"images"`
	// Pause and Web are references of images in the archives.
	Pause string        `json:"pause"`
	Web   string        `json:"web"`
	Idle  time.Duration `json:"idle"`
	Dir   string        `json:"dir"`
}

// Result of a round, from the first process's start.
type Result struct {
	// Ready: a node is Ready and the default service account exists. Serves: the first Pod's page is fetched.
	Ready  time.Duration `json:"ready"`
	Serves time.Duration `json:"serves"`
	// Spent until Ready by everything on the machine.
	Spent time.Duration `json:"spent"`
	// Used at rest, and Later when clients have used the API server.
	Used  usage.Components `json:"used"`
	Later usage.Components `json:"later"`
}

// Round runs one round and leaves nothing behind.
func Round(ctx context.Context, o Order) (r Result, err error) {
	if o.Dir, err = os.MkdirTemp("/var/tmp", "lotse-bench-*"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, removeLeftovers(o.Dir)) }()
	if err := makeCgroups(); err != nil {
		return r, err
	}
	order, err := json.Marshal(o)
	if err != nil {
		return r, err
	}
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	var out, problems bytes.Buffer
	child := exec.CommandContext(ctx, self, Verb, string(order))
	child.Stdout, child.Stderr = &out, &problems
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := child.Run(); err != nil {
		return r, fmt.Errorf("a round by hand: %w\n%s\n%s", err, problems.String(), logTails(o.Dir))
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}

// removeLeftovers removes what outlives the sandbox.
func removeLeftovers(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(teardown.Scope{Cgroups: []string{cgroup}}.RemoveCgroups(ctx), os.RemoveAll(dir))
}

// makeCgroups makes the sandbox's control group in every hierarchy: the kubelet wants it to exist.
func makeCgroups() error {
	mounts, err := teardown.MountTable()
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.Type != "cgroup" && m.Type != "cgroup2" {
			continue
		}
		dir := filepath.Join(m.Point, cgroup)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("control group: %w", err)
		}
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			parent, err := os.ReadFile(filepath.Join(m.Point, file))
			if err != nil {
				continue // not the cpuset hierarchy
			}
			if err := os.WriteFile(filepath.Join(dir, file), parent, 0o644); err != nil && m.Type == "cgroup" {
				return fmt.Errorf("control group: %w", err)
			}
		}
	}
	return nil
}

// logTails are the last lines of each process, for a round that failed.
func logTails(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	var b bytes.Buffer
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		fmt.Fprintf(&b, "--- %s\n%s\n", filepath.Base(f), content[max(0, len(content)-1500):])
	}
	return b.String()
}
