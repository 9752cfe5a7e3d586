package rollout

import (
	"fmt"

	"lotse.dev/release"
)

// Ahead says what a rollout waits for whose nodes are to run a newer Kubernetes than their control plane runs so far; "" if it can begin. A control
// plane that has not run yet starts with the version that it should have.
func Ahead(nodes, controlPlane string) string {
	control, unknown := release.ParseVersion(controlPlane)
	wanted, unreadable := release.ParseVersion(nodes)
	if unknown != nil || unreadable != nil || wanted.Compare(control) <= 0 {
		return ""
	}
	return fmt.Sprintf("the control plane to run Kubernetes %s, which runs %s", wanted, control)
}
