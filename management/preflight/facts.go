package preflight

import (
	"fmt"

	"lotse.dev/management/teardown"
)

// Port is an address and a port on it.
type Port struct {
	Address string
	Number  int
}

func (p Port) String() string { return fmt.Sprintf("%s:%d", p.Address, p.Number) }

// Taken is a port that is not free, and the process that has it, if it can be told.
type Taken struct {
	Port Port
	By   string
}

// Question is what is going to be started.
type Question struct {
	Data, Run string
	Address   string // public address, or ""
	Listen    string // the front door's
	Running   bool   // our agent runs
	Systemd   bool
	Ports     []Port
	Tables    []string
	Scope     teardown.Scope
}

// Facts are what was found.
type Facts struct {
	Root bool
	Data string
	// Installed: something of ours was here before and is known (its record exists).
	Installed bool

	Memory, Disk       uint64 // bytes; of the disk, free ones
	MissingPackages    []string
	MissingKernel      []string
	MissingControllers []string

	Listen        Port
	Taken         []Taken
	Address       string
	AddressIsOurs bool
	// ForeignAddresses are those in our range on others' links, "address on link".
	ForeignAddresses []string
	ForeignTables    []string

	Leftovers          []string
	OtherInstallations []string
}
