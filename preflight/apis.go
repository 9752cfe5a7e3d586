package preflight

import (
	"fmt"
	"time"

	"lotse.dev/release"
)

// DeprecationGuide says what replaces which API.
const DeprecationGuide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide"

// Name is such as flowcontrol.apiserver.k8s.io/v1beta3 prioritylevelconfigurations.
func (a API) Name() string {
	name := a.Version
	if a.Group != "" {
		name = a.Group + "/" + a.Version
	}
	name += " " + a.Resource
	if a.Subresource != "" {
		name += "/" + a.Subresource
	}
	return name
}

// apis that somebody requests and the new version does not have.
func (f Facts) apis() (all []Finding) {
	if !f.nextMinor() {
		return nil
	}
	if why := f.Cluster.APIs.Unknown; why != "" {
		return []Finding{unknown(Blocks, "requests of deprecated APIs", why)}
	}
	for _, a := range f.Cluster.APIs.Items {
		if removed, err := release.ParseVersion(a.Removed); err != nil || removed.Compare(f.To) > 0 {
			continue
		}
		all = append(all, finding(DeprecatedAPI, Blocks, a.Name(), "API %s has been requested%s, and Kubernetes %s does not have it any more: requests of it would "+
			"fail with 404. Let its clients use what replaces it (%s). The API server counts until it restarts, so this stays for a while after they do.",
			a.Name(), since(a.Since), a.Removed, DeprecationGuide))
	}
	return all
}

func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(" since the API server started at %s", t.UTC().Format(time.RFC3339))
}
