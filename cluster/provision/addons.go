package provision

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/addons"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
	"lotse.dev/controlplane/credentials"
)

// resync is how often the add-ons are compared with what is in the cluster although nothing changed here, to repair what was changed there.
const resync = 10 * time.Minute

// addonsPlan is what is to be done about the add-ons, and what they wait for until it is done; both are empty if nothing is.
type addonsPlan struct {
	step    *plan.ApplyAddons
	waiting string
}

// apiServer is what add-ons wait for first.
const apiServer = "the API server"

// addons are what Lotse installs in the cluster, from the cluster's own release only (A6).
func (f Facts) addons(a assessment, r rendered) (addonsPlan, error) {
	// The Service of an API server leads only to a Pod of which all containers are ready, except while the cluster is provisioning.
	up := a.healthy(v1alpha1.ComponentAPIServer) && a.healthy(v1alpha1.ComponentKonnectivity)
	if !up && (queue.Provisioned(f.Cluster) || !f.hasAPIServer()) {
		return addonsPlan{waiting: apiServer}, nil
	}
	switch {
	case len(a.halted) > 0:
		return addonsPlan{waiting: "the next write of the cluster, because the upgrade of its control plane was aborted"}, nil
	case a.upgrading:
		return addonsPlan{waiting: "the upgrade of the control plane"}, nil
	}
	if r.addons.err != nil {
		return addonsPlan{}, r.addons.err
	}
	objects := r.addons.objects
	hash, err := hashOf(objects)
	switch {
	case err != nil:
		return addonsPlan{}, err
	case f.Addons.Hash == hash && f.RealNow.Before(f.Addons.At.Add(resync)):
		return addonsPlan{}, nil
	case f.Addons.NoAnswer:
		return addonsPlan{waiting: apiServer}, nil
	case f.Addons.NoCredential:
		return addonsPlan{waiting: "the service's credential for the API server"}, nil
	}
	return addonsPlan{
		step:    &plan.ApplyAddons{Objects: objects, Hash: hash, Probe: !up, New: !queue.Provisioned(f.Cluster)},
		waiting: "the API server to take the add-ons",
	}, nil
}

// addonSpec is what the add-ons are rendered from.
func (f Facts) addonSpec() (addons.Spec, error) {
	serving := f.Contents()[credentials.MetricsServer]
	rotated := v1alpha1.CertificateRotation{}
	if r := f.Cluster.Status.Rotation; r != nil {
		rotated = *r
	}
	s := addons.Spec{
		Authorities: rotated.Trust, Rotations: rotated.Revoked,
		Images:   f.Release.Spec.Images,
		Network:  f.Cluster.Spec.Network,
		Endpoint: f.Cluster.Status.Endpoint,
		MetricsServer: addons.ServingCertificate{
			Certificate: serving["tls.crt"], Key: serving["tls.key"], Authority: serving["ca.crt"],
		},
	}
	if missing := s.Missing(); len(missing) > 0 {
		return s, f.incomplete(missing)
	}
	return s, nil
}

func hashOf(objects []client.Object) (uint64, error) {
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(objects); err != nil {
		return 0, fmt.Errorf("hashing the add-ons: %w", err)
	}
	return h.Sum64(), nil
}
