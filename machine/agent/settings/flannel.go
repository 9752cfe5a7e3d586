package settings

import (
	"fmt"

	"lotse.dev/machine/boot"
)

// flannel's configuration: VXLAN needs only that nodes reach each other.
func flannel(m boot.Machine) string {
	return fmt.Sprintf(`{"Network": %q, "EnableNFTables": true, "Backend": {"Type": "vxlan"}}
`, m.PodCIDR)
}
