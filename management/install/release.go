package install

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/images"
)

// release contains the images that clusters use: all of the catalogue except Lotse and its registry, so that a new build of these makes no new
// Release.
func release(c images.Catalogue, references map[string]string) (*v1alpha1.Release, error) {
	parts := maps.Clone(references)
	delete(parts, "lotse")
	delete(parts, "registry")
	content, err := json.Marshal(parts) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	sum := sha256.Sum256(append(content, c.NodeImageVersion...))
	return &v1alpha1.Release{
		ObjectMeta: clusterMeta(c.KubernetesVersion + "-" + hex.EncodeToString(sum[:])[:8]),
		Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: strings.TrimPrefix(c.KubernetesVersion, "v"),
			NodeImageVersion:  c.NodeImageVersion,
			Images:            parts,
		},
	}, nil
}
