package wire

import (
	"time"

	"lotse.dev/command"
)

// CommandResult of a run command, as the wire has it.
type CommandResult struct {
	ID         string                  `json:"id"`
	Properties CommandResultProperties `json:"properties"`
}

// CommandResultProperties are those of AKS.
type CommandResultProperties struct {
	ProvisioningState string `json:"provisioningState"`
	// ExitCode is nil until the command has ended, and if it did not.
	ExitCode   *int32     `json:"exitCode,omitempty"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Logs       string     `json:"logs"`
	Reason     string     `json:"reason,omitempty"`
}

// CommandResultOf a command. One that ran to its end is Succeeded, whatever its exit code, as in AKS.
func CommandResultOf(r command.Result) CommandResult {
	p := CommandResultProperties{ProvisioningState: "Running", StartedAt: moment(r.StartedAt), FinishedAt: moment(r.FinishedAt), Logs: r.Logs, Reason: r.Reason}
	switch {
	case r.Succeeded:
		p.ProvisioningState, p.ExitCode = "Succeeded", &r.ExitCode
	case r.Done:
		p.ProvisioningState = "Failed"
		if r.ExitCode != 0 {
			p.ExitCode = &r.ExitCode
		}
	}
	return CommandResult{ID: r.ID, Properties: p}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
