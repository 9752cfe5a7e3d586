package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
	"lotse.dev/machine/agent/status"
	"lotse.dev/management/host"
)

// errUnhealthy makes "lotse status" exit with 1, so that scripts can test whether Lotse is up.
var errUnhealthy = errors.New("Lotse is not healthy; the lines above show what is wrong")

// health is what "lotse status" shows.
type health struct {
	FrontDoor         part             `json:"frontDoor"`
	ManagementCluster part             `json:"managementCluster"`
	Processes         []status.Process `json:"processes,omitempty"`
	// Certificates of the management cluster; nil for callers who may not read them, and where it is elsewhere.
	Certificates *host.Expiry `json:"certificates,omitempty"`
	// Service is nil for callers who may not see it.
	Service   *service          `json:"service,omitempty"`
	Clusters  []json.RawMessage `json:"clusters"`
	NodePools []json.RawMessage `json:"nodePools"`
}

type part struct {
	Healthy bool   `json:"healthy"`
	Message string `json:"message,omitempty"`
}

func newStatusCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Show the health of Lotse and its clusters", Args: cobra.NoArgs,
		Long: "Show the front door, the management cluster behind it, the clusters and their pools; for those who run Lotse (role Owner at /) also\n" +
			"Lotse's Pods and nodes, the control plane of every cluster, and what operations wait for; and, for root on the host, the\n" +
			"processes of the host. Exits with 1 if Lotse is not healthy.",
	}
	socket := cmd.Flags().String("agent-socket", status.Socket, "socket of the host's node agent")
	data := cmd.Flags().String("data-dir", dataDir, "directory of the host's installation")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), 30*time.Second)
		defer cancel()
		c, err := s.open()
		if err != nil {
			return err
		}
		h := examine(ctx, c)
		h.Processes = hostProcesses(ctx, *socket)
		if h.Certificates, err = host.Expires(host.Data(*data)); err != nil {
			return err
		}
		if err := h.print(cmd.OutOrStdout(), s.format); err != nil {
			return err
		}
		if !h.healthy() {
			return errUnhealthy
		}
		return nil
	}
	return cmd
}

// examine asks in the order of dependencies and stops at the first part that does not answer.
func examine(ctx context.Context, c *client.Client) *health {
	h := &health{Clusters: []json.RawMessage{}, NodePools: []json.RawMessage{}}
	h.FrontDoor.Message = c.Credential.Endpoint
	if err := c.Alive(ctx); err != nil {
		h.FrontDoor.Message = err.Error()
		h.ManagementCluster.Message = "unknown, because the front door does not answer"
		return h
	}
	h.FrontDoor.Healthy = true
	// The front door has no state of its own: if it can list clusters, the management cluster answers.
	clusters, err := c.List(ctx, c.ClustersPath(""))
	if err == nil {
		h.Clusters = clusters
		h.NodePools, err = poolsOf(ctx, c, clusters)
	}
	if err == nil {
		h.Service, err = serviceOf(ctx, c)
	}
	h.ManagementCluster.Healthy = err == nil
	if err != nil {
		h.ManagementCluster.Message = err.Error()
	}
	return h
}

func poolsOf(ctx context.Context, c *client.Client, documents []json.RawMessage) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	views, err := client.Views[client.Cluster](documents)
	if err != nil {
		return all, err
	}
	for _, v := range views {
		pools, err := c.List(ctx, c.NodePoolsPath(v.Group(), v.Name))
		if client.IsNotFound(err) {
			continue // deleted since it was listed
		}
		if err != nil {
			return all, err
		}
		all = append(all, pools...)
	}
	return all, nil
}

// hostProcesses returns nothing unless called by root on the host: only root may connect to the agent.
func hostProcesses(ctx context.Context, socket string) []status.Process {
	if _, err := os.Stat(socket); err != nil {
		return nil
	}
	report, err := status.Ask(ctx, socket)
	if errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil {
		return []status.Process{{Name: "lotse-node", Message: err.Error()}}
	}
	return report.Processes
}

func (h *health) healthy() bool {
	for _, p := range h.Processes {
		if !p.Healthy && !p.Optional {
			return false
		}
	}
	if h.Certificates != nil && !h.Certificates.Valid(time.Now()) {
		return false
	}
	return h.FrontDoor.Healthy && h.ManagementCluster.Healthy && h.Service.healthy()
}

func (h *health) print(w io.Writer, f format) error {
	if f.String() != "table" {
		return encode(w, f, h)
	}
	rows := [][]string{
		{"front door", stateOf(h.FrontDoor.Healthy), h.FrontDoor.Message},
		{"management cluster", stateOf(h.ManagementCluster.Healthy), h.ManagementCluster.Message},
	}
	for _, p := range h.Processes {
		rows = append(rows, []string{"process " + p.Name, stateOf(p.Healthy), processNote(p)})
	}
	if e := h.Certificates; e != nil {
		rows = append(rows, []string{"certificates", stateOf(e.Valid(time.Now())), e.Note(time.Now())})
	}
	if err := grid(w, []string{"PART", "STATE", "NOTE"}, append(rows, h.Service.parts()...)); err != nil {
		return err
	}
	if len(h.Clusters) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if err := clusters.print(w, f, h.Clusters...); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := statusPools.print(w, f, h.NodePools...); err != nil {
		return err
	}
	return h.Service.print(w)
}

func stateOf(healthy bool) string {
	if healthy {
		return "healthy"
	}
	return "UNHEALTHY"
}

func processNote(p status.Process) string {
	note := p.Message
	if p.Restarts > 0 {
		note = fmt.Sprintf("%d restarts; %s", p.Restarts, note)
	}
	return note
}
