package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheAgentIsRestartedUntilItSucceeds(t *testing.T) {
	dir := t.TempDir()
	group, runs := filepath.Join(dir, "cgroup.procs"), filepath.Join(dir, "runs")
	// An agent that fails once and succeeds the second time.
	agent := `echo run >>"$0"; [ $(wc -l <"$0") -eq 2 ]`
	out, err := exec.Command("/bin/sh", "-c", restartLoop, "lotse", group, "--", "/bin/sh", "-c", agent, runs).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if content, _ := os.ReadFile(runs); strings.Count(string(content), "run") != 2 {
		t.Errorf("the agent ran %d times, want 2", strings.Count(string(content), "run"))
	}
	if entered, _ := os.ReadFile(group); len(entered) == 0 {
		t.Error("the control group was not entered")
	}
}

func TestIsRestartLoop(t *testing.T) {
	ours, theirs := Data("/var/lib/lotse"), Data("/srv/lotse")
	shell := append([]string{"/bin/sh", "-c", restartLoop, "lotse", "/sys/fs/cgroup/lotse/agent/cgroup.procs", "--"}, ours.command()...)
	for sentence, c := range map[string]struct {
		args []string
		want bool
	}{
		"the restart loop of our agent is ours":                                  {shell, true},
		"the agent is not its own restart loop":                                  {ours.command(), false},
		"a restart loop of another installation is not ours":                     {append(shell[:6:6], theirs.command()...), false},
		"an editor that has the agent's command as arguments is no restart loop": {append([]string{"vi"}, ours.command()...), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := isRestartLoop(c.args, ours); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
