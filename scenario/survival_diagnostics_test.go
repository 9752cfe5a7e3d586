package scenario

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lotse.dev/machine/agent/status"
)

// diagnostics show the host after a failure, before it is purged: what its agent reports, and the last lines of the logs of what everything
// else depends on.
func (f *fixture) diagnostics() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var b strings.Builder
	fmt.Fprintln(&b, "diagnostics of the host")
	report, err := status.Ask(ctx, hostAgent)
	fmt.Fprintf(&b, "  its agent: %+v %v\n", report, err)
	logs := filepath.Join(filepath.Dir(filepath.Dir(lotse.credentials)), "log")
	for _, pattern := range []string{
		"agent.log", "kubelet.log", "containerd.log", "pods/kube-system_etcd-*/etcd/*", "pods/kube-system_kube-apiserver-*/kube-apiserver/*",
	} {
		files, _ := filepath.Glob(filepath.Join(logs, pattern)) // the patterns are well formed
		for _, file := range files {
			fmt.Fprintf(&b, "  %s:\n%s", strings.TrimPrefix(file, logs), lastLines(file, 40))
		}
	}
	return b.String()
}

// lastLines of a file, indented.
func lastLines(file string, count int) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return "    " + err.Error() + "\n"
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	lines = lines[max(0, len(lines)-count):]
	return "    " + string(bytes.Join(lines, []byte("\n    "))) + "\n"
}
