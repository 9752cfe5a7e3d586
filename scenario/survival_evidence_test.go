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

// evidence is what a failed ordeal shows of the host before it is purged: what its agent says and what was logged last by what others
// stand on.
func (g *ground) evidence() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var b strings.Builder
	fmt.Fprintln(&b, "evidence from the host")
	report, err := status.Ask(ctx, hostAgent)
	fmt.Fprintf(&b, "  its agent: %+v %v\n", report, err)
	logs := filepath.Join(filepath.Dir(filepath.Dir(lotse.credentials)), "log")
	for _, pattern := range []string{"agent.log", "kubelet.log", "containerd.log", "pods/kube-system_etcd-*/etcd/*", "pods/kube-system_kube-apiserver-*/kube-apiserver/*"} {
		files, _ := filepath.Glob(filepath.Join(logs, pattern)) // the patterns are well formed
		for _, f := range files {
			fmt.Fprintf(&b, "  %s:\n%s", strings.TrimPrefix(f, logs), lastLines(f, 40))
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
