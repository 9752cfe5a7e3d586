// Package crds carries the generated CustomResourceDefinitions, so that whoever installs Lotse applies exactly what it was built with.
package crds

import "embed"

// Files are the definitions, one YAML file each.
//
//go:embed *.yaml
var Files embed.FS
