package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// NodeGroupLength is how many characters the name of a node resource group may have.
const NodeGroupLength = 80

// groupHashLength of the name of a node resource group that was cut.
const groupHashLength = 16

// DefaultNodeResourceGroup is AKS's name for the group that holds a cluster's infrastructure. A name of more than NodeGroupLength characters
// is cut, and ends in a hash of all three names, whose case does not count: clusters whose long names begin alike have groups of their own.
func DefaultNodeResourceGroup(group, cluster, location string) string {
	name := "MC_" + group + "_" + cluster + "_" + location
	letters := []rune(name)
	if len(letters) <= NodeGroupLength {
		return name
	}
	sum := sha256.Sum256([]byte(strings.ToLower(group + "/" + cluster + "/" + location)))
	return string(letters[:NodeGroupLength-groupHashLength-1]) + "_" + hex.EncodeToString(sum[:])[:groupHashLength]
}
