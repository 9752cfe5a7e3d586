package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// CommandResult is a view of a command that ran in a cluster.
type CommandResult struct {
	ID         string `json:"id"`
	Properties struct {
		// ProvisioningState is Running until the command has ended, and then Succeeded whatever its exit code, or Failed if it was ended.
		ProvisioningState string `json:"provisioningState"`
		ExitCode          int    `json:"exitCode"`
		Logs              string `json:"logs"`
		Reason            string `json:"reason"`
	} `json:"properties"`
}

// RunCommand runs a command line in a cluster, with the files of a zip archive if there is one, and waits for its end. The answer is the result as it came.
func (c *Client) RunCommand(ctx context.Context, group, cluster, line string, archive []byte) (json.RawMessage, error) {
	body := map[string]any{"command": line}
	if len(archive) > 0 {
		body["context"] = archive // base64 in JSON
	}
	request, err := c.request(ctx, http.MethodPost, c.ClusterPath(group, cluster)+"/runCommand", body)
	if err != nil {
		return nil, err
	}
	response, err := c.send(c.pipeline, request)
	if err != nil {
		return nil, err
	}
	location, every := response.Header.Get("Location"), cmp.Or(c.PollEvery, pauseAfter(response))
	for {
		document, err := c.Get(ctx, location)
		if err != nil {
			return nil, err
		}
		result, err := View[CommandResult](document)
		if err != nil {
			return nil, err
		}
		if result.Properties.ProvisioningState != "Running" {
			return document, nil
		}
		if err := sleep(ctx, every); err != nil {
			return nil, fmt.Errorf("command %s still runs: %w", result.ID, err)
		}
	}
}
