package boot

import (
	"crypto/sha256"
	"encoding/hex"
)

// TrustFile is the path of the authorities that the machine has to trust now, in PEM, beside MachineFile. It appears and changes when the cluster's
// authorities are replaced while the machine runs; until then Machine.ClusterCA holds. The first authority signs the machine's certificates.
const TrustFile = "/etc/lotse/machine/cluster-ca.crt"

// AnnotationTrust on a Node is the TrustHash of the authorities that its machine works with.
const AnnotationTrust = "lotse.dev/trust"

// TrustHash of authorities in PEM.
func TrustHash(authorities string) string {
	sum := sha256.Sum256([]byte(authorities))
	return hex.EncodeToString(sum[:8])
}
