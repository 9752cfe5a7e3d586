package frontdoor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	kube "sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// groups there are while it is measured, and how their names begin.
const (
	groups      = 1000
	groupPrefix = "bench-door-"
)

// How many requests of each kind are sent. Bounded, so that the measurement ends by itself.
const (
	gets  = 2000
	lists = 40
	puts  = 1000
)

// Row compares one kind of request.
type Row struct {
	Name         string
	Door, Server Load
}

// Measure makes a thousand resource groups through the front door, reads, lists and changes them there and at the management API server,
// and deletes them. It reports each step.
func Measure(ctx context.Context, credential client.Credential, management *rest.Config, report func(text string, values ...any)) (rows []Row, err error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config := rest.CopyConfig(management)
	config.QPS = -1
	k, err := kube.New(config, kube.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	operator, err := client.New(credential)
	if err != nil {
		return nil, err
	}
	if err := cleanUp(ctx, operator, k); err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		err = errors.Join(err, cleanUp(ctx, operator, k))
	}()
	d := door{}
	if d.callers, err = makeCallers(ctx, operator); err != nil {
		return nil, err
	}
	s, err := newServer(config, credential.SubscriptionID)
	if err != nil {
		return nil, err
	}
	report("front door: making %d groups", groups)
	if _, err := run(ctx, groups, d.put("new")); err != nil {
		return nil, fmt.Errorf("making %d groups: %w", groups, err)
	}
	report("front door: making a cluster")
	if err := d.makeCluster(ctx); err != nil {
		return nil, fmt.Errorf("making a cluster: %w", err)
	}
	return compare(ctx, d, s, report)
}

// compare sends each kind of request to the one and then to the other, after a few that are not counted.
func compare(ctx context.Context, d door, s *server, report func(text string, values ...any)) ([]Row, error) {
	var rows []Row
	for _, kind := range []struct {
		name         string
		n            int
		door, server func(context.Context, int) error
	}{
		{"GET of a group", gets, d.get, s.get},
		{"GET of a cluster", gets, d.getCluster, s.getCluster},
		{fmt.Sprintf("LIST of %d", groups), lists, d.list, s.list},
		{"PUT", puts, d.put("changed"), s.patch},
	} {
		row := Row{Name: kind.name}
		report("front door and API server: %d times %s each", kind.n, kind.name)
		for _, side := range []struct {
			send func(context.Context, int) error
			load *Load
		}{{kind.door, &row.Door}, {kind.server, &row.Server}} {
			if _, err := run(ctx, max(workers, kind.n/20), side.send); err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
			var err error
			if *side.load, err = run(ctx, kind.n, side.send); err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func groupName(i int) string { return fmt.Sprintf("%s%04d", groupPrefix, i%groups) }

// door is the front door, called by many.
type door struct{ callers []*client.Client }

func (d door) caller(i int) *client.Client { return d.callers[i%len(d.callers)] }

func (d door) get(ctx context.Context, i int) error {
	c := d.caller(i)
	_, err := c.Get(ctx, c.GroupPath(groupName(i)))
	return err
}

// clusterName of the one cluster, which goes with its group.
const clusterName = "bench-door"

func (d door) makeCluster(ctx context.Context) error {
	c := d.caller(0)
	operation, err := c.Put(ctx, c.ClusterPath(groupName(0), clusterName), map[string]any{"location": c.Credential.Location, "properties": map[string]any{
		"dnsPrefix": clusterName, "agentPoolProfiles": []any{map[string]any{"name": "sys", "mode": "System", "count": 1}},
	}})
	if err != nil {
		return err
	}
	return operation.Wait(ctx, nil)
}

func (d door) getCluster(ctx context.Context, i int) error {
	c := d.caller(i)
	_, err := c.Get(ctx, c.ClusterPath(groupName(0), clusterName))
	return err
}

func (d door) list(ctx context.Context, i int) error {
	c := d.caller(i)
	all, err := c.List(ctx, c.GroupsPath()+"?$top=1000&api-version=2021-04-01")
	if err == nil && len(all) < groups {
		err = fmt.Errorf("%d groups were listed, there are %d", len(all), groups)
	}
	return err
}

func (d door) put(tag string) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		c := d.caller(i)
		tags := map[string]string{"round": fmt.Sprintf("%s-%d-%d", tag, i, time.Now().UnixNano())}
		_, err := c.Put(ctx, c.GroupPath(groupName(i)), map[string]any{"location": c.Credential.Location, "tags": tags})
		return err
	}
}

// server is the management API server, asked for the same objects without a client in between that decodes them.
type server struct {
	http         *http.Client
	base         string // of groups
	clusters     string
	subscription string
}

func newServer(config *rest.Config, subscription string) (*server, error) {
	c, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	namespace, err := url.JoinPath(config.Host, "apis", v1alpha1.GroupVersion.String(), "namespaces", v1alpha1.SubscriptionNamespace(subscription))
	return &server{http: c, base: namespace + "/resourcegroups", clusters: namespace + "/managedclusters", subscription: subscription}, err
}

func (s *server) object(i int) string {
	return s.base + "/" + v1alpha1.ObjectName(v1alpha1.ResourceGroupID(s.subscription, groupName(i)))
}

func (s *server) get(ctx context.Context, i int) error {
	return s.send(ctx, http.MethodGet, s.object(i), nil)
}

func (s *server) getCluster(ctx context.Context, _ int) error {
	return s.send(ctx, http.MethodGet, s.clusters+"/"+v1alpha1.ObjectName(v1alpha1.ManagedClusterID(s.subscription, groupName(0), clusterName)), nil)
}

func (s *server) list(ctx context.Context, _ int) error {
	return s.send(ctx, http.MethodGet, s.base, nil)
}

// patch and not PUT: that would take reading the object first, because controllers write to it too.
func (s *server) patch(ctx context.Context, i int) error {
	tags := map[string]any{"spec": map[string]any{"tags": map[string]string{"round": fmt.Sprintf("server-%d-%d", i, time.Now().UnixNano())}}}
	return s.send(ctx, http.MethodPatch, s.object(i), tags)
}

func (s *server) send(ctx context.Context, method, address string, body any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := s.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, address, response.Status, answer)
	}
	return err
}
