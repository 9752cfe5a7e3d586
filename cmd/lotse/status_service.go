package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"lotse.dev/client"
)

// service is what the front door shows to its operators.
type service struct {
	Time  time.Time `json:"time"`
	Lotse []struct {
		Name     string `json:"name"`
		Ready    bool   `json:"ready"`
		Restarts int    `json:"restarts"`
		Message  string `json:"message,omitempty"`
	} `json:"lotse"`
	Nodes []struct {
		Name    string   `json:"name"`
		Ready   bool     `json:"ready"`
		Trouble []string `json:"trouble"`
	} `json:"nodes"`
	Clusters   []serviceCluster   `json:"clusters"`
	Operations []serviceOperation `json:"operations"`
}

type serviceCluster struct {
	ID                string `json:"id"`
	ProvisioningState string `json:"provisioningState"`
	Availability      *struct {
		Ratio float64   `json:"ratio"`
		Since time.Time `json:"since"`
	} `json:"availability,omitempty"`
	PowerState string `json:"powerState"`
	Components []struct {
		Name     string    `json:"name"`
		Healthy  bool      `json:"healthy"`
		Message  string    `json:"message,omitempty"`
		Restarts int       `json:"restarts,omitempty"`
		Since    time.Time `json:"since"`
	} `json:"components"`
	Machines           map[string]int `json:"machines"`
	CertificateWarning string         `json:"certificateWarning,omitempty"`
}

type serviceOperation struct {
	ID            string    `json:"id"`
	Operation     string    `json:"operation"`
	Verb          string    `json:"verb"`
	Since         time.Time `json:"since"`
	Waiting       string    `json:"waiting,omitempty"`
	Percent       int       `json:"percent"`
	CorrelationID string    `json:"correlationId,omitempty"`
}

// serviceOf returns nil for callers who may not see it, and if the front door is older than this program.
func serviceOf(ctx context.Context, c *client.Client) (*service, error) {
	document, err := c.Get(ctx, client.StatusPath)
	if client.IsUnauthorized(err) || client.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &service{}
	return s, json.Unmarshal(document, s)
}

// healthy reports whether Lotse itself is; an unhealthy cluster of a customer does not count.
func (s *service) healthy() bool {
	if s == nil {
		return true
	}
	for _, p := range s.Lotse {
		if !p.Ready {
			return false
		}
	}
	for _, n := range s.Nodes {
		if !n.Ready || len(n.Trouble) > 0 {
			return false
		}
	}
	return true
}

// parts returns a row for each of Lotse's Pods and nodes.
func (s *service) parts() (rows [][]string) {
	if s == nil {
		return nil
	}
	for _, n := range s.Nodes {
		note := strings.Join(n.Trouble, ", ")
		rows = append(rows, []string{"node " + n.Name, stateOf(n.Ready && note == ""), note})
	}
	for _, p := range s.Lotse {
		note := p.Message
		if p.Restarts > 0 {
			note = fmt.Sprintf("%d restarts; %s", p.Restarts, note)
		}
		rows = append(rows, []string{"pod " + p.Name, stateOf(p.Ready), note})
	}
	return rows
}

// print the control planes, and what operations wait for.
func (s *service) print(w io.Writer) error {
	if s == nil {
		return nil
	}
	rows := [][]string{}
	for _, c := range s.Clusters {
		rows = append(rows, []string{path.Base(c.ID), c.controlPlane(), c.available(), c.machines()})
	}
	fmt.Fprintln(w)
	if err := grid(w, []string{"CLUSTER", "CONTROL PLANE", "AVAILABLE", "MACHINES"}, rows); err != nil {
		return err
	}
	s.printWarnings(w)
	if len(s.Operations) == 0 {
		return nil
	}
	rows = nil
	for _, o := range s.Operations {
		age := s.Time.Sub(o.Since).Round(time.Second).String()
		rows = append(rows, []string{o.Verb + " " + kindAndName(o.ID), age, fmt.Sprintf("%d%%", o.Percent), o.Waiting, o.CorrelationID})
	}
	fmt.Fprintln(w)
	return grid(w, []string{"OPERATION", "SINCE", "DONE", "WAITS FOR", "CORRELATION ID"}, rows)
}

// printWarnings about what customers have to do in time.
func (s *service) printWarnings(w io.Writer) {
	for _, c := range s.Clusters {
		if c.CertificateWarning != "" {
			fmt.Fprintf(w, "! %s: %s\n", path.Base(c.ID), c.CertificateWarning)
		}
	}
}

// controlPlane names components that are unhealthy, are about to be, or were restarted.
func (c serviceCluster) controlPlane() string {
	var notes []string
	for _, h := range c.Components {
		switch {
		case !h.Healthy || h.Message != "":
			notes = append(notes, strings.TrimSuffix(h.Name+" "+h.Message, " "))
		case h.Restarts > 0:
			notes = append(notes, fmt.Sprintf("%s %d restarts", h.Name, h.Restarts))
		}
	}
	switch {
	case c.PowerState == "Stopped" && len(c.Components) == 0:
		return "stopped"
	case len(c.Components) == 0:
		return "none yet"
	case len(notes) == 0:
		return "healthy"
	}
	return strings.Join(notes, "; ")
}

func (c serviceCluster) available() string {
	if c.Availability == nil {
		return ""
	}
	return fmt.Sprintf("%.3f%% since %s", c.Availability.Ratio*100, c.Availability.Since.Format("2006-01-02 15:04"))
}

func (c serviceCluster) machines() string {
	var all []string
	for _, phase := range slices.Sorted(maps.Keys(c.Machines)) {
		all = append(all, fmt.Sprintf("%d %s", c.Machines[phase], phase))
	}
	return strings.Join(all, ", ")
}

// kindAndName returns the last two parts of an ARM ID.
func kindAndName(id string) string {
	return path.Base(path.Dir(id)) + "/" + path.Base(id)
}
