package main

import (
	"encoding/json"
	"net/http"
)

// checkUpgrade lets every upgrade begin but one to 1.40, which needs its gate acknowledged.
func (f *fakeFrontDoor) checkUpgrade(w http.ResponseWriter, r *http.Request) {
	var body struct {
		KubernetesVersion        string
		ControlPlaneOnly         bool
		AcknowledgedVersionGates []string
	}
	_ = json.NewDecoder(r.Body).Decode(&body) // the test sees what is missing
	findings := []map[string]string{}
	closed := body.KubernetesVersion == "1.40" && len(body.AcknowledgedVersionGates) == 0
	if closed {
		findings = append(findings, map[string]string{
			"severity": "Blocks", "code": "VersionGateNotAcknowledged", "object": "some-gate", "message": "Kubernetes 1.40 brings a break.",
		})
	}
	if body.KubernetesVersion == "1.40" && !body.ControlPlaneOnly {
		findings = append(findings, map[string]string{
			"severity": "Warns", "code": "UnsatisfiablePDB", "object": "PDB shop/cart", "message": "PDB shop/cart allows no disruption now.",
		})
	}
	answer(w, 200, map[string]any{"kubernetesVersion": body.KubernetesVersion + ".1", "allowed": !closed, "findings": findings})
}
