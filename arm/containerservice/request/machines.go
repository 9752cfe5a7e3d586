package request

import (
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
)

// MachineNames is the property of a request that names machines of a pool.
const MachineNames = "machineNames"

// DecodeMachineNames reads which machines of a pool are to go.
func DecodeMachineNames(o *body.Object) ([]string, error) {
	names, ok := o.Strings(MachineNames)
	if err := o.Finish(); err != nil {
		return nil, err
	}
	if !ok || len(names) == 0 {
		return nil, fault.New(fault.InvalidParameter, "Required parameter %s is missing or empty. Name the machines that are to be deleted, as "+
			"GET …/machines lists them.", MachineNames).At(MachineNames)
	}
	return names, nil
}
