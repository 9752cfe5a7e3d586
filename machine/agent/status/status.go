// Package status is the report of an agent about what it keeps running, and the unix socket and the health endpoint that serve it.
package status

import (
	"time"
)

// Report of an agent.
type Report struct {
	// Healthy is true when every process that is not optional is healthy.
	Healthy   bool      `json:"healthy"`
	Processes []Process `json:"processes"`
}

// Process is one supervised program or task.
type Process struct {
	Name    string `json:"name"`
	Running bool   `json:"running"`
	Healthy bool   `json:"healthy"`
	// Optional processes do not count for Report.Healthy.
	Optional bool `json:"optional,omitempty"`
	PID      int  `json:"pid,omitempty"`
	// Restarts since the agent started.
	Restarts int `json:"restarts"`
	// Since is when the process entered its present state.
	Since time.Time `json:"since"`
	// Message says what the process waits for or what is wrong.
	Message string `json:"message,omitempty"`
	// LastExit is how the process ended the last time, and when.
	LastExit *Exit `json:"lastExit,omitempty"`
	// Events are the latest restarts and their reasons, oldest first.
	Events []Event `json:"events,omitempty"`
}

// Exit of a process.
type Exit struct {
	At     time.Time `json:"at"`
	Code   int       `json:"code"`
	Reason string    `json:"reason"`
}

// Event is something that happened to a process.
type Event struct {
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

// NewReport of processes.
func NewReport(processes []Process) Report {
	r := Report{Processes: processes}
	r.Healthy = len(r.unhealthy()) == 0
	return r
}
