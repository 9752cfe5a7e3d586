package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse.dev/client"
)

// flight is a cluster whose operations Lotse does not live through: it is killed once in each, at a moment that a seed decides.
type flight struct {
	*fixture
	t       *testing.T
	ctx     context.Context
	cluster *cluster
	random  *rand.Rand
}

func (f *fixture) flightOf(ctx context.Context, t *testing.T, c *cluster) *flight {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("FLIGHT_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("FLIGHT_SEED=%d", seed)
	return &flight{f, t, ctx, c, rand.New(rand.NewPCG(seed, 0))}
}

func (f *flight) path() string { return lotse.client.ClusterPath(f.cluster.group, f.cluster.name) }

func (f *flight) pool(name string) string {
	return lotse.client.NodePoolPath(f.cluster.group, f.cluster.name, name)
}

// killed begins an operation, in which Lotse is killed before most of it has passed, and waits for its end.
func (f *flight) killed(what string, most time.Duration, begin func(context.Context) (*client.Operation, error)) {
	f.t.Helper()
	began := time.Now()
	operation, err := begin(f.ctx)
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
	after := time.Duration(f.random.Int64N(int64(most)))
	f.killLotse(f.ctx, f.t, after)
	if err := persistently(f.ctx, operation); err != nil {
		f.t.Fatalf("%s, in which Lotse was killed after %s: %v\n%s", what, after, err, lotse.poolStates(f.cluster.group, f.cluster.name))
	}
	f.t.Logf("%s took %.1f s; Lotse was killed after %.1f s", what, time.Since(began).Seconds(), after.Seconds())
}

func (f *flight) begins(path string) func(context.Context) (*client.Operation, error) {
	return func(ctx context.Context) (*client.Operation, error) { return lotse.client.Begin(ctx, path, nil) }
}

// runsACommand whose result comes although Lotse is killed: it runs in the cluster.
func (f *flight) runsACommand() {
	f.t.Helper()
	ended := make(chan error, 1)
	after := time.Duration(f.random.Int64N(int64(4*time.Second))) + 3*time.Second // the request is answered by then
	go func() {
		time.Sleep(after)
		_, err := f.service().inject(f.ctx, syscall.SIGKILL)
		ended <- err
	}()
	document, err := lotse.client.RunCommand(f.ctx, f.cluster.group, f.cluster.name, "sleep 6; echo done", nil)
	if killed := <-ended; killed != nil {
		f.t.Fatal(killed)
	}
	if err == nil {
		if !strings.Contains(string(document), "done") {
			f.t.Errorf("the command's result is %s", document)
		}
		return
	}
	f.t.Logf("the command line lost sight of the command when Lotse was killed after %.1f s: %v", after.Seconds(), err)
	// Each question is a Job too, but the cluster is new: its oldest is the command.
	const oldest = `kubectl get jobs -n aks-command --sort-by=.metadata.creationTimestamp -o jsonpath="oldest={.items[0].status.succeeded};"`
	seen, ok := poll(f.ctx, time.Minute, func() (bool, string) {
		document, err := lotse.client.RunCommand(f.ctx, f.cluster.group, f.cluster.name, oldest, nil)
		return err == nil && strings.Contains(string(document), "oldest=1;"), fmt.Sprintf("%s %v", document, err)
	})
	if !ok {
		f.t.Errorf("the command that was started did not end: %s", seen)
	}
}

// lifeIsKilled: each operation of the life of a cluster ends as it was asked for.
func (f *flight) lifeIsKilled() {
	f.t.Helper()
	t, c := f.t, f.cluster
	t.Log("3. Lotse dies in each operation of the cluster's life: a command, a scaling, a node image, a rotation, a stop and a start")
	f.runsACommand()
	f.killed("scaling np1 to nothing", 5*time.Second, func(ctx context.Context) (*client.Operation, error) {
		return lotse.client.Put(ctx, f.pool("np1"), map[string]any{"properties": map[string]any{"count": 0, "mode": "User", "vmSize": storySize}})
	})
	f.nodesAre(2)
	s := begin(t, c)
	newer := s.publishNodeImage(s.poolRelease("np2"))
	f.killed("upgrading the node image of np2", 20*time.Second, f.begins(f.pool("np2")+"/upgradeNodeImageVersion"))
	f.nodesAre(2) // no surge node is left
	if nodes := s.nodes("np2"); len(nodes) != 1 || nodes[0].Labels["kubernetes.azure.com/node-image-version"] != newer {
		t.Errorf("pool np2 has nodes %s", names(nodes))
	}
	f.killed("stopping", 15*time.Second, f.begins(f.path()+"/stop"))
	f.killed("starting", 15*time.Second, f.begins(f.path()+"/start"))
	f.nodesAre(2)
	f.killed("rotating", 60*time.Second, f.begins(f.path()+"/rotateClusterCertificates"))
	again, err := lotse.connect(f.ctx, c.group, c.name) // by the new authority
	if err != nil {
		t.Fatal(err)
	}
	c.config, c.kube = again.config, again.kube
	f.nodesAre(2)
}

func (f *flight) nodesAre(n int) {
	f.t.Helper()
	if err := f.cluster.nodesReady(f.ctx, n); err != nil {
		f.t.Fatalf("the operation is said to have succeeded: %v", err)
	}
}
