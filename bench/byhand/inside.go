package byhand

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/bench/clients"
	"lotse.dev/bench/firstpod"
	"lotse.dev/bench/usage"
)

// limit of one round without its idle time.
const limit = 3 * time.Minute

// Inside runs a round in the sandbox that Round made, and writes the result.
func Inside(ctx context.Context, order string, w io.Writer) error {
	var o Order
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit+4*o.Idle)
	defer cancel()
	if err := setUpNamespaces(ctx); err != nil {
		return err
	}
	if err := writeFiles(o); err != nil {
		return err
	}
	h := &hand{order: o, pids: map[string]int{}}
	result, err := h.round(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(result)
}

// setUpNamespaces makes the new namespaces usable: mounts that stay inside, a loopback, and a link with the address the node will have.
func setUpNamespaces(ctx context.Context) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts inside: %w", err)
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("sharing mounts inside: %w", err)
	}
	for _, dir := range []string{"/run", "/var/lib/kubelet", "/var/lib/cni"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("tmpfs on %s: %w", dir, err)
		}
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	if err := writeNames(); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "uplink", "type", "bridge"},
		{"addr", "add", nodeAddress + "/24", "dev", "uplink"},
		{"link", "set", "uplink", "up"},
		{"route", "add", "default", "dev", "uplink"},
	} {
		if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %v: %w: %s", args, err, out)
		}
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// writeNames lets the node find its own address, as it does on any machine, and names a server that refuses at once instead of one out of reach.
func writeNames() error {
	for file, content := range map[string]string{
		"/etc/hosts":       "127.0.0.1 localhost\n" + nodeAddress + " " + nodeName + "\n",
		"/etc/resolv.conf": "nameserver 127.0.0.1\n",
	} {
		inside := filepath.Join("/run", filepath.Base(file))
		if err := os.WriteFile(inside, []byte(content), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(inside, file, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", file, err)
		}
	}
	return nil
}

// hand starts processes and remembers them.
type hand struct {
	order Order
	pids  map[string]int
}

func (h *hand) round(ctx context.Context) (r Result, err error) {
	kubeconfig := filepath.Join(h.order.Dir, "admin.kubeconfig")
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return r, err
	}
	config.QPS = -1
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return r, err
	}
	clock, err := usage.Start()
	if err != nil {
		return r, err
	}
	imported := make(chan error, 1)
	go func() { imported <- h.importImages(ctx) }()
	if err := h.startAll(ctx, kube); err != nil {
		return r, err
	}
	if err := firstpod.Ready(ctx, kube); err != nil {
		return r, err
	}
	if r.Ready, r.Spent, err = clock.Read(); err != nil {
		return r, err
	}
	if err := <-imported; err != nil {
		return r, err
	}
	if err := firstpod.Serves(ctx, kube, h.order.Web); err != nil {
		return r, err
	}
	r.Serves, _, err = clock.Read()
	if err != nil {
		return r, err
	}
	if r.Used, err = usage.Idle(ctx, h.controlPlane(), h.order.Idle); err != nil {
		return r, err
	}
	if err := clients.Use(ctx, filepath.Join(h.order.Bin, "kubectl"), kubeconfig, kube); err != nil {
		return r, err
	}
	r.Later, err = usage.Idle(ctx, h.controlPlane(), h.order.Idle)
	return r, err
}

// startAll starts what needs the API server when that is ready, as a careful script does: programs that find none wait longer than that.
func (h *hand) startAll(ctx context.Context, kube kubernetes.Interface) error {
	waited := false
	for _, c := range commands(h.order) {
		if c.needsAPI && !waited {
			if err := firstpod.Answers(ctx, kube); err != nil {
				return err
			}
			waited = true
		}
		if err := h.start(ctx, c.program, c.flags...); err != nil {
			return err
		}
	}
	return nil
}

func (h *hand) controlPlane() map[string]int {
	chosen := map[string]int{}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		chosen[name] = h.pids[name]
	}
	return chosen
}

// start runs a program until the sandbox ends.
func (h *hand) start(ctx context.Context, name string, args ...string) error {
	log, err := os.Create(filepath.Join(h.order.Dir, name+".log"))
	if err != nil {
		return err
	}
	dir := h.order.Bin
	if slices.Contains(Servers, name) {
		dir = h.order.Servers
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, name), args...)
	cmd.Env = append(os.Environ(), "PATH="+h.order.Bin+":"+os.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, h.order.Dir
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	h.pids[name] = cmd.Process.Pid
	return nil
}

// importImages gives containerd the two images the first Pod needs, as soon as it takes them.
func (h *hand) importImages(ctx context.Context) error {
	for _, archive := range h.order.Images {
		for {
			out, err := exec.CommandContext(ctx, filepath.Join(h.order.Bin, "ctr"), "-a", containerdSocket, "-n", "k8s.io",
				"images", "import", archive).CombinedOutput()
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return fmt.Errorf("importing %s: %w: %s", archive, ctx.Err(), out)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	return nil
}
