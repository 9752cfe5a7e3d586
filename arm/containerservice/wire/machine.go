package wire

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
)

// MachineType of the machines of a pool.
const MachineType = PoolType + "/machines"

// Machine is the body of a machine. Clients and the service alike write none of it.
type Machine struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Properties machineProperties `json:"properties"`
	// Zones are none: there is one zone.
	Zones []string `json:"zones,omitempty"`
}

type machineProperties struct {
	Network machineNetwork `json:"network"`
	// ResourceID of the instance of the pool's scale set.
	ResourceID   string       `json:"resourceId"`
	LotseProfile machineState `json:"lotseProfile"`
}

type machineNetwork struct {
	IPAddresses []ipAddress `json:"ipAddresses"`
}

type ipAddress struct {
	Family string `json:"family"`
	IP     string `json:"ip"`
}

// machineState is what Lotse shows beyond AKS.
type machineState struct {
	// Phase of the machine, as in the status of the service: Pending, Running, Registered, Ready, Stopped or Deleting.
	Phase            string `json:"phase"`
	NodeImageVersion string `json:"nodeImageVersion"`
	// Waiting is what a machine waits for that is about to go, such as a disruption budget.
	Waiting string `json:"waiting,omitempty"`
}

// MachineOf shows a machine of a pool.
func MachineOf(s state.Cluster, p state.Pool, m *v1alpha1.Machine) Machine {
	spec := s.Object.Spec
	set := v1alpha1.ScaleSetName(p.Name, s.Object.Name)
	body := Machine{
		ID: PoolID(s, p.Name) + "/machines/" + m.Spec.Hostname, Name: m.Spec.Hostname, Type: MachineType,
		Properties: machineProperties{
			Network:      machineNetwork{IPAddresses: []ipAddress{}},
			ResourceID:   v1alpha1.MachineID(spec.SubscriptionID, spec.NodeResourceGroup, set, m.Spec.Instance),
			LotseProfile: machineState{Phase: m.Phase(), NodeImageVersion: m.Spec.Model.ImageVersion, Waiting: m.Draining()},
		},
	}
	if m.Status.Address != "" {
		body.Properties.Network.IPAddresses = []ipAddress{{Family: "IPv4", IP: m.Status.Address}}
	}
	return body
}
