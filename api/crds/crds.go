// Package crds carries the generated CustomResourceDefinitions, so that an installation applies exactly those that Lotse was built with.
package crds

import "embed"

// Files are the definitions, one YAML file each.
//
//go:embed *.yaml
var Files embed.FS
