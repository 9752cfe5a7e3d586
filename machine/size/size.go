// Package size is the table of machine sizes that pools can ask for, by the names Azure gives them.
package size

import "strings"

const gib = int64(1) << 30

// Size of a machine.
type Size struct {
	Name        string
	CPUs        int32
	MemoryBytes int64
}

// Default is the size that az requests when its user names none.
const Default = "Standard_DS2_v2"

var table = []Size{
	{"Standard_B2s", 2, 4 * gib},
	{"Standard_B2ms", 2, 8 * gib},
	{"Standard_B4ms", 4, 16 * gib},
	{"Standard_DS2_v2", 2, 7 * gib},
	{"Standard_DS3_v2", 4, 14 * gib},
	{"Standard_D2s_v3", 2, 8 * gib},
	{"Standard_D4s_v3", 4, 16 * gib},
	{"Standard_D8s_v3", 8, 32 * gib},
	{"Standard_D2s_v5", 2, 8 * gib},
	{"Standard_D4s_v5", 4, 16 * gib},
	{"Standard_D8s_v5", 8, 32 * gib},
	{"Standard_D2ds_v5", 2, 8 * gib},
	{"Standard_D4ds_v5", 4, 16 * gib},
	{"Standard_F2s_v2", 2, 4 * gib},
	{"Standard_F4s_v2", 4, 8 * gib},
	{"Standard_E2s_v5", 2, 16 * gib},
	{"Standard_E4s_v5", 4, 32 * gib},
}

// Of finds a size by name, whatever its case.
func Of(name string) (Size, bool) {
	for _, s := range table {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Size{}, false
}

// Names of all sizes, in the table's order.
func Names() []string {
	names := make([]string, len(table))
	for i, s := range table {
		names[i] = s.Name
	}
	return names
}
