package install

import (
	"fmt"
	"io/fs"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/crds"
)

// definitions returns Lotse's CustomResourceDefinitions.
func definitions() ([]client.Object, error) {
	files, err := fs.Glob(crds.Files, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []client.Object
	for _, file := range files {
		content, err := crds.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(string(content), "---\n")), &u.Object); err != nil {
			return nil, fmt.Errorf("definition %s: %w", file, err)
		}
		all = append(all, u)
	}
	return all, nil
}
