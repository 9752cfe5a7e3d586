package builder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"

	"lotse.dev/images/inputs"
	"lotse.dev/images/layer"
)

// carriedDirectory is where a machine's containerd looks for layers that it need not fetch (images/components/containerd/carried).
const carriedDirectory = "usr/share/lotse/layers"

// carriedLayer holds the layers of other images, each unpacked in a directory of its own that is named by its chain ID: containerd's name for a layer
// above the layers below it.
func (b *Builder) carriedLayer(names []string) (layerRecord, error) {
	key := b.sources(inputs.New("carried"), "layer", "builder")
	places := map[string]string{} // of layers, by where they are unpacked
	for _, name := range names {
		layers := b.made[name]
		if len(layers) == 0 {
			return layerRecord{}, fmt.Errorf("it carries image %s, which was not built", name)
		}
		chain := ""
		for _, l := range layers {
			chain = above(chain, l.Blob.Digest)
			places[path.Join(carriedDirectory, chain)] = b.store.Path(l.Blob)
			key.Text(chain)
		}
	}
	return b.layer(key, func(*layerRecord) (all []layer.Entry, err error) {
		for place, archive := range places {
			entries, err := unpacked(archive, place)
			if err != nil {
				return nil, err
			}
			all = append(append(all, layer.Entry{Path: place, Kind: layer.Dir, Mode: 0o755}), entries...)
		}
		return all, nil
	})
}

// above is the chain ID of a layer above another one, as the image specification defines it; both are hexadecimal.
func above(chain, digest string) string {
	if chain == "" {
		return digest
	}
	sum := sha256.Sum256([]byte("sha256:" + chain + " sha256:" + digest))
	return hex.EncodeToString(sum[:])
}
