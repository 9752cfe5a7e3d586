package settings

import (
	"fmt"

	"lotse.dev/machine/boot"
)

// flannel's configuration: VXLAN works wherever nodes reach each other at all.
func flannel(m boot.Machine) string {
	return fmt.Sprintf(`{"Network": %q, "EnableNFTables": true, "Backend": {"Type": "vxlan"}}
`, m.PodCIDR)
}
