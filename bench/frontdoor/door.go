package frontdoor

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"lotse.dev/client"
)

// clusterName of the one cluster, which goes with its group.
const clusterName = "bench-door"

// door is the front door, called by many.
type door struct {
	callers []*client.Client
	bare    []*http.Client // of the same callers, with their tokens
}

func newDoor(callers []*client.Client) door {
	d := door{callers: callers}
	for _, c := range callers {
		d.bare = append(d.bare, &http.Client{Transport: c.Transport()})
	}
	return d
}

func (d door) makeCluster(ctx context.Context) error {
	c := d.callers[0]
	operation, err := c.Put(ctx, c.ClusterPath(groupName(0), clusterName), map[string]any{"location": c.Credential.Location, "properties": map[string]any{
		"dnsPrefix": clusterName, "agentPoolProfiles": []any{map[string]any{"name": "sys", "mode": "System", "count": 1}},
	}})
	if err != nil {
		return err
	}
	return operation.Wait(ctx, nil)
}

func (d door) get(ctx context.Context, i int) error {
	_, err := d.send(ctx, i, http.MethodGet, d.callers[0].GroupPath(groupName(i))+"?api-version=2021-04-01", nil)
	return err
}

func (d door) getCluster(ctx context.Context, i int) error {
	_, err := d.send(ctx, i, http.MethodGet, d.callers[0].ClusterPath(groupName(0), clusterName)+"?api-version=2025-03-01", nil)
	return err
}

func (d door) list(ctx context.Context, i int) error {
	return allGroups(d.send(ctx, i, http.MethodGet, d.callers[0].GroupsPath()+"?$top=1000&api-version=2021-04-01", nil))
}

func (d door) put(tag string) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		c := d.callers[0]
		tags := map[string]string{"round": fmt.Sprintf("%s-%d-%d", tag, i, time.Now().UnixNano())}
		_, err := d.send(ctx, i, http.MethodPut, c.GroupPath(groupName(i))+"?api-version=2021-04-01",
			map[string]any{"location": c.Credential.Location, "tags": tags})
		return err
	}
}

func (d door) send(ctx context.Context, i int, method, path string, body any) ([]byte, error) {
	return send(ctx, d.bare[i%len(d.bare)], method, d.callers[0].Credential.Endpoint+path, "application/json", body)
}
