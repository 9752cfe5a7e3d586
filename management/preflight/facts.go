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

// Taken is a port that is not free, and the process that has it if it is known.
type Taken struct {
	Port Port
	By   string
}

// Question describes what is going to be started.
type Question struct {
	Data, Run string
	// InitialState is the file that exists once an installation was started.
	InitialState string
	Address      string // public address, or ""
	Listen       string // the front door's
	Running      bool   // the installation's agent runs
	Systemd      bool
	Ports        []Port
	Tables       []string
	Scope        teardown.Scope
}

// Facts are what the check depends on.
type Facts struct {
	Root bool
	Data string
	// Installed is set if an installation was started before and has its record.
	Installed bool

	Memory, Disk       uint64 // bytes: all memory, free disk
	MissingPackages    []string
	MissingKernel      []string
	MissingControllers []string

	Listen        Port
	Taken         []Taken
	Address       string
	AddressIsOurs bool
	// ForeignAddresses are those in Lotse's range on links of other programs, "address on link".
	ForeignAddresses []string
	ForeignTables    []string

	Leftovers          []string
	OtherInstallations []string
}
