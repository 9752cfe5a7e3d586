package scenario

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse.dev/client"
	"lotse.dev/management/host"
)

// installation is the Lotse that the stories drive.
type installation struct {
	client      *client.Client
	credentials string // file
	artifacts   string // directory of bin and images
	run         string // part of all names, different in each run

	mu     sync.Mutex
	groups map[string]bool // that this run made
	undo   []func()        // further clean-up, newest first
}

// lotse is set by TestMain.
var lotse *installation

func TestMain(m *testing.M) { os.Exit(runStories(m)) }

func runStories(m *testing.M) int {
	var err error
	if lotse, err = open(); err != nil {
		fmt.Fprintln(os.Stderr, "The stories need a running Lotse:", err)
		return 1
	}
	code := m.Run()
	if err := lotse.end(); err != nil {
		fmt.Fprintln(os.Stderr, "removing what the stories made:", err)
		code = max(code, 1)
	}
	return code
}

func open() (*installation, error) {
	artifacts, err := filepath.Abs(cmp.Or(os.Getenv("LOTSE_ARTIFACTS"), "../out"))
	if err != nil {
		return nil, err
	}
	file := cmp.Or(os.Getenv("LOTSE_CREDENTIALS"), host.Data(host.DefaultData).AdministratorCredential())
	credential, err := client.ReadCredential(file)
	if err != nil {
		return nil, err
	}
	c, err := client.New(credential)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.Alive(ctx); err != nil {
		return nil, fmt.Errorf("%w; start it with `make up`, or run scenario/run", err)
	}
	if _, err := os.Stat(filepath.Join(artifacts, "bin/lotse")); err != nil {
		return nil, fmt.Errorf("no programs in %s; build them with `make images`: %w", artifacts, err)
	}
	return &installation{
		client: c, credentials: file, artifacts: artifacts, run: strings.ToLower(rand.Text()[:5]), groups: map[string]bool{},
	}, nil
}

// end removes what no story removed itself.
func (l *installation) end() error {
	l.mu.Lock()
	groups, undo := l.groups, l.undo
	l.mu.Unlock()
	for i := len(undo) - 1; i >= 0; i-- {
		undo[i]()
	}
	var failures []error
	for g := range groups {
		failures = append(failures, l.removeGroup(g))
	}
	return errors.Join(failures...)
}

// later registers clean-up for after all stories.
func (l *installation) later(undo func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.undo = append(l.undo, undo)
}

// makeGroup makes a group that this run removes.
func (l *installation) makeGroup(ctx context.Context, story string) (string, error) {
	group := "story-" + story + "-" + l.run
	l.mu.Lock()
	l.groups[group] = true
	l.mu.Unlock()
	_, err := l.client.Put(ctx, l.client.GroupPath(group), map[string]any{"location": l.client.Credential.Location})
	return group, err
}

// removeGroup deletes a group and waits until it is gone. Removing a group that does not exist is no error.
func (l *installation) removeGroup(group string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	operation, err := l.client.Delete(ctx, l.client.GroupPath(group))
	if err == nil {
		err = operation.Wait(ctx, nil)
	}
	if err != nil && !client.IsNotFound(err) {
		return fmt.Errorf("removing group %s: %w", group, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.groups, group)
	return nil
}

// cli runs the command line and answers with its standard output.
func (l *installation) cli(ctx context.Context, args ...string) (string, error) {
	return l.program(ctx, "lotse", append([]string{"--credentials", l.credentials}, args...)...)
}

// program runs one of Lotse's programs.
func (l *installation) program(ctx context.Context, name string, args ...string) (string, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(l.artifacts, "bin", name), args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, problems.String())
	}
	return out.String(), nil
}
