package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestJavaScript: a program that uses the unmodified Azure SDK for JavaScript makes, uses and deletes a cluster. What it reports is checked
// here.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (Debian packages nodejs and npm)", program)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), creation+patience)
	defer cancel()
	prefix := "story-js-" + lotse.run
	t.Cleanup(func() {
		for i := range 3 {
			if err := lotse.removeGroup(prefix + "-" + strconv.Itoa(i+1)); err != nil {
				t.Error(err)
			}
		}
	})
	started := time.Now()
	dir := installPackages(ctx, t)
	t.Logf("%5.1fs  the SDK is installed, as package-lock.json says", time.Since(started).Seconds())

	run := &javaScript{T: t, started: started, prefix: prefix}
	run.start(ctx, dir)
	run.want("groups", "pages", `[["`+prefix+`-1","`+prefix+`-2"],["`+prefix+`-3"]]`)
	run.want("create", "state", `"Succeeded"`)
	run.want("create", "power", `"Running"`)
	run.want("get", "pools", `["sys"]`)
	run.want("list", "pages", `[["js"]]`)
	run.want("list all", "found", `true`)
	run.want("unsupported", "status", `400`)
	run.want("pool", "pages", `[["more","sys"]]`)
	run.want("pool deleted", "code", `"ResourceNotFound"`)
	run.want("deleted", "code", `"ResourceNotFound"`)
	run.want("end", "exists", `false`)
	if m, _ := run.facts["unsupported"]["message"].(string); !strings.Contains(m, "enableUltraSSD") {
		t.Errorf("the refusal does not name the property: %s", m)
	}
}

// installPackages copies the program and lets npm install exactly what its lock names.
func installPackages(ctx context.Context, t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc", "story.mjs"} {
		content, err := os.ReadFile(filepath.Join("javascript", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-progress")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// javaScript is the running program, and what it has reported so far, by step.
type javaScript struct {
	*testing.T
	started time.Time
	prefix  string
	facts   map[string]map[string]any
}

// start the program by the lines that lotse env prints for SDKs, and follow it to its end. Its kubeconfig is used while its cluster lives.
func (j *javaScript) start(ctx context.Context, dir string) {
	j.Helper()
	lines, err := lotse.cli(ctx, "env", "--sdk")
	if err != nil {
		j.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "bash", "-ec", lines+"\nexec node story.mjs \"$@\"", "story",
		j.prefix, lotse.client.Credential.Location, storySize)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	output, err := cmd.StdoutPipe()
	if err != nil {
		j.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		j.Fatal(err)
	}
	j.facts = map[string]map[string]any{}
	for decoder := json.NewDecoder(output); decoder.More(); {
		facts := map[string]any{}
		if err := decoder.Decode(&facts); err != nil {
			j.Errorf("the program printed what is not JSON: %v", err)
			break
		}
		step, _ := facts["step"].(string)
		j.Logf("%5.1fs  %s", time.Since(j.started).Seconds(), step)
		j.facts[step] = facts
		if step == "credentials" {
			j.use(ctx, facts)
		}
	}
	if err := cmd.Wait(); err != nil {
		j.Fatalf("the program: %v\n%s%s", err, problems.String(), lotse.poolStates(j.prefix+"-1", "js"))
	}
}

// use the kubeconfig that the program got: its cluster has a Ready node.
func (j *javaScript) use(ctx context.Context, facts map[string]any) {
	j.Helper()
	given, _ := facts["kubeconfigs"].([]any)
	if len(given) != 1 {
		j.Errorf("the program got %d kubeconfigs", len(given))
		return
	}
	c, err := lotse.connectWith(j.prefix+"-1", "js", []byte(given[0].(string)))
	if err != nil {
		j.Error(err)
		return
	}
	out, err := lotse.program(ctx, "kubectl", "--kubeconfig", c.kubeconfig, "get", "nodes", "--no-headers")
	if err != nil || !slices.Contains(strings.Fields(out), "Ready") {
		j.Errorf("kubectl get nodes: %s %v", out, err)
	}
}

// want a fact of a step, written as JSON.
func (j *javaScript) want(step, fact, want string) {
	j.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		j.Fatal(err)
	}
	if got := j.facts[step][fact]; !reflect.DeepEqual(got, wanted) {
		j.Errorf("step %s: %s is %v, want %s", step, fact, got, want)
	}
}
