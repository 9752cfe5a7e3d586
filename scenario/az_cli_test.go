package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// azCLI is the unmodified Azure CLI with a configuration of its own, set up by the lines that lotse env prints.
type azCLI struct {
	home string
	env  []string
}

// setUpAz runs the lines that lotse env prints. Where there is no az the story is skipped.
func setUpAz(ctx context.Context, t *testing.T) *azCLI {
	t.Helper()
	if _, err := exec.LookPath("az"); err != nil {
		t.Skip("az is not installed (Debian package azure-cli)")
	}
	lines, err := lotse.cli(ctx, "env")
	if err != nil {
		t.Fatal(err)
	}
	a := &azCLI{home: t.TempDir()}
	out, err := a.shell(ctx, lines+"\necho bundle=$REQUESTS_CA_BUNDLE").Output()
	if err != nil {
		t.Fatalf("the lines of lotse env: %v", withStderr(err))
	}
	_, bundle, found := strings.Cut(strings.TrimSpace(string(out)), "bundle=")
	if !found || bundle == "" {
		t.Fatalf("the lines of lotse env set no REQUESTS_CA_BUNDLE:\n%s", lines)
	}
	a.env = []string{"REQUESTS_CA_BUNDLE=" + bundle, "AZURE_CORE_COLLECT_TELEMETRY=no"}
	return a
}

// another az on the same machine: the same cloud, without a log-in.
func (a *azCLI) another(ctx context.Context, t *testing.T) *azCLI {
	t.Helper()
	b := &azCLI{home: t.TempDir(), env: a.env}
	b.must(ctx, t, "cloud", "register", "-n", "Lotse", "--endpoint-resource-manager", lotse.client.Credential.Endpoint)
	b.must(ctx, t, "cloud", "set", "-n", "Lotse")
	return b
}

func (a *azCLI) environment() []string {
	own := []string{"AZURE_CONFIG_DIR=" + a.home, "HOME=" + a.home, "AZURE_CORE_NO_COLOR=yes", "AZURE_CORE_ONLY_SHOW_ERRORS=yes"}
	return append(append(os.Environ(), own...), a.env...)
}

func (a *azCLI) shell(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-ec", script)
	cmd.Env = a.environment()
	return cmd
}

func (a *azCLI) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "az", args...)
	cmd.Env = a.environment()
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// run az; the error has its standard error.
func (a *azCLI) run(ctx context.Context, args ...string) (string, error) {
	out, err := a.command(ctx, args...).Output()
	if err != nil {
		return string(out), fmt.Errorf("az %s: %w", strings.Join(args, " "), withStderr(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// withStderr adds what a program wrote to its standard error.
func withStderr(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}

func (a *azCLI) must(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	out, err := a.run(ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// equal asks az for one value, whose --query is the last argument.
func (a *azCLI) equal(ctx context.Context, t *testing.T, want string, args ...string) {
	t.Helper()
	last := len(args) - 1
	asked := append(append([]string{}, args[:last]...), "--query", args[last], "-o", "tsv")
	if got := a.must(ctx, t, asked...); got != want {
		t.Errorf("az %s: got %q, want %q", strings.Join(asked, " "), got, want)
	}
}

// refused wants az to fail, and its message to name all that is wanted.
func (a *azCLI) refused(ctx context.Context, t *testing.T, wanted []string, args ...string) {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := a.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		t.Errorf("az %s: got %v, want a failure\n%s", strings.Join(args, " "), err, out.String())
		return
	}
	for _, w := range wanted {
		if !strings.Contains(problems.String(), w) {
			t.Errorf("az %s: the message lacks %q:\n%s", strings.Join(args, " "), w, problems.String())
		}
	}
	if strings.Contains(problems.String(), "Traceback") {
		t.Errorf("az %s crashed:\n%s", strings.Join(args, " "), problems.String())
	}
}

// file in az's own directory.
func (a *azCLI) file(name string) string { return filepath.Join(a.home, name) }
