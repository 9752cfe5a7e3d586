package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"lotse.dev/images"
	"lotse.dev/management/preflight"
	"lotse.dev/management/report"
	"lotse.dev/pki"
)

// Options of Up.
type Options struct {
	Data Data
	// Artifacts is the directory with bin and images that "make images" fills; Catalogue lists its images.
	Artifacts string
	Catalogue images.Catalogue
	// Address is the host's public address for hosted API servers; empty keeps them private.
	Address string
	// Listen is the front door's address.
	Listen string
	Steps  *report.Steps
	Clock  clock.PassiveClock
}

// Up starts what is missing of the management cluster and returns its client configuration. It holds the data directory's lock until unlock
// is called.
func Up(ctx context.Context, o Options) (cluster *rest.Config, unlock func(), err error) {
	if err := o.Steps.Do("preflight", o.preflight); err != nil {
		return nil, nil, err
	}
	if err := o.Data.make(); err != nil {
		return nil, nil, err
	}
	unlock, err = Lock(o.Data)
	if err != nil {
		return nil, nil, err
	}
	cluster, err = o.start(ctx)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return cluster, unlock, nil
}

func (o Options) preflight() error {
	found, err := o.Examine()
	if err != nil {
		return err
	}
	return found.Err()
}

// Examine returns what prevents Lotse from running on this host.
func (o Options) Examine() (preflight.Findings, error) {
	running, err := Agent(o.Data)
	if err != nil {
		return nil, err
	}
	facts, err := preflight.Gather(preflight.Question{
		Data: string(o.Data), InitialState: o.Data.initialStateFile(), Run: Run, Running: running != 0, Systemd: SystemdRuns(),
		Listen: o.Listen, Address: o.Address, Ports: ports(), Tables: ownTables, Scope: scope(o.Data, initialState{}),
	})
	return preflight.Check(facts), err
}

// Tables returns the installation's packet filter tables.
func (d Data) Tables() ([]string, error) { return scope(d, initialState{}).FilterTables() }

// make makes the directories. Only root can enter those with kubeconfigs, keys and data.
func (d Data) make() error {
	for _, dir := range []string{string(d), d.in("log"), d.Volumes(), d.manifests(), d.in("opt"), Run, temporary} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
	}
	for _, dir := range []string{d.PKI(), d.Credentials(), d.in("etcd")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
	}
	return nil
}

// start does everything that needs the lock.
func (o Options) start(ctx context.Context) (*rest.Config, error) {
	spec, err := o.spec(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.Steps.Do("agent", func() error { return runAgent(ctx, spec) }); err != nil {
		return nil, err
	}
	if err := o.importStep(ctx, "images of the control plane", first); err != nil {
		return nil, err
	}
	pods, err := ControlPlane(spec)
	if err != nil {
		return nil, err
	}
	if err := put(pods); err != nil {
		return nil, err
	}
	config, err := operatorConfig(o.Data)
	if err != nil {
		return nil, err
	}
	if err := o.importStep(ctx, "images of Lotse", second); err != nil {
		return nil, err
	}
	if err := o.Steps.Do("API server", func() error { return wait(ctx, 3*time.Minute, ready(config)) }); err != nil {
		return nil, err
	}
	return config, o.Steps.Do("node", func() error { return wait(ctx, 2*time.Minute, nodeReady(config)) })
}

// ImportMachineImages imports the large images that only hosted clusters need.
func ImportMachineImages(ctx context.Context, o Options) error {
	return o.importStep(ctx, "images of machines", third)
}

func (o Options) importStep(ctx context.Context, what string, names []string) error {
	return o.Steps.DoNamed(func() (string, error) {
		n, err := importImages(ctx, o, names...)
		if n > 0 {
			return fmt.Sprintf("%s: %d imported", what, n), err
		}
		return what, err
	}, what)
}

// spec writes everything that must exist before a start: initial state, programs, credentials.
func (o Options) spec(ctx context.Context) (Spec, error) {
	s := Spec{Data: o.Data, Address: o.Address, Systemd: SystemdRuns(), RestrictOOM: !mayLowerOOM(), Resolver: readResolver()}
	s, err := s.withImages(o.Catalogue)
	if err != nil {
		return s, err
	}
	if err := recordInitialState(o.Data); err != nil {
		return s, err
	}
	err = o.Steps.Do("programs", func() (err error) {
		s.Programs, err = copyPrograms(o.Artifacts+"/bin", o.Data)
		return err
	})
	if err != nil {
		return s, err
	}
	if s.MachineSpec, err = readMachineSpec(ctx, o.Data); err != nil {
		return s, err
	}
	return s, o.Steps.Do("credentials", func() (err error) {
		s.Credentials, err = makeCredentials(o.Data, pki.Store{Dir: o.Data.PKI(), Now: o.Clock.Now()})
		return err
	})
}

// runAgent makes the agent run with this configuration. The old agent is stopped before its configuration is replaced: after an interruption
// the next start finds no agent, and never one with an old configuration.
func runAgent(ctx context.Context, s Spec) error {
	files, err := Files(s)
	if err != nil {
		return err
	}
	if err := put(files); err != nil {
		return err
	}
	processes, err := processFile(s, files)
	if err != nil {
		return err
	}
	have, _ := os.ReadFile(processes.Path)
	if !bytes.Equal(have, processes.Content) {
		if err := stopAgent(ctx, s.Data); err != nil {
			return err
		}
		if err := processes.put(); err != nil {
			return err
		}
	}
	pid, err := Agent(s.Data)
	if err != nil || pid != 0 {
		return err
	}
	if err := stopRestartLoop(s.Data); err != nil { // there must be only one, also if the agent keeps failing
		return err
	}
	return startAgent(s)
}

func ports() []preflight.Port {
	all := []preflight.Port{{Address: Address, Number: portAPI}, {Address: Address, Number: portKubelet}}
	for _, n := range []int{
		portEtcd, portEtcdPeer, portEtcdHealth, portProxyHealth, portControllers, portScheduler, portKubeHealth, portProxyMetrics, portIsolation,
	} {
		all = append(all, preflight.Port{Address: "127.0.0.1", Number: n})
	}
	return slices.Clip(all)
}
