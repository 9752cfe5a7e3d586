package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/addons"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/access"
	"lotse.dev/controlplane/credentials"
)

// healing is how often the add-ons are applied although nothing changed, for what somebody else changed in the cluster.
const healing = 10 * time.Minute

// healed is when which add-ons were applied.
type healed struct {
	hash uint64
	at   time.Time
}

// addons applies what Lotse puts into the cluster, from the cluster's own release only (A6).
func (p *pass) addons(ctx context.Context) error {
	// Its Service leads to the Pod only when all of the Pod is ready, but for the first time.
	up := p.ready(controlplane.APIServer) && p.ready(controlplane.Konnectivity)
	if !up && !(p.founding() && p.exists(controlplane.APIServer)) {
		p.facts.Addons = "the API server"
		return nil
	}
	s := p.addonSpec()
	if missing := s.Missing(); len(missing) > 0 {
		return fmt.Errorf("release %s has no image of %s; install a complete release", p.release.Name, strings.Join(missing, ", "))
	}
	objects := addons.Objects(s)
	hash, err := hashOf(objects)
	if err != nil {
		return err
	}
	if p.isHealed(p.cluster.UID, hash) {
		return nil
	}
	p.facts.Addons = "the API server to take the add-ons"
	hosted, err := p.Access.For(ctx, p.cluster)
	if errors.Is(err, access.ErrNotReady) {
		return nil // the cache does not show the Secret yet
	}
	if err != nil {
		return err
	}
	if !up && !answers(ctx, hosted, objects[0]) {
		p.facts.Addons, p.asking = "the API server", true
		return nil
	}
	if err := apply.Objects(ctx, hosted, objects...); err != nil {
		return err
	}
	p.noteHealed(p.cluster.UID, hash)
	p.facts.Addons = ""
	return nil
}

// answers tells whether an API server that was just started takes its first object.
func answers(ctx context.Context, hosted client.Client, first client.Object) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return apply.Object(ctx, hosted, first) == nil
}

func (p *pass) addonSpec() addons.Spec {
	serving := p.contents[credentials.MetricsServer]
	return addons.Spec{
		Images:   p.release.Spec.Images,
		Network:  p.cluster.Spec.Network,
		Endpoint: p.cluster.Status.Endpoint,
		MetricsServer: addons.ServingCertificate{
			Certificate: serving["tls.crt"], Key: serving["tls.key"], Authority: serving["ca.crt"],
		},
	}
}

func hashOf(objects []client.Object) (uint64, error) {
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(objects); err != nil {
		return 0, fmt.Errorf("hashing the add-ons: %w", err)
	}
	return h.Sum64(), nil
}

func (r *Reconciler) isHealed(uid types.UID, hash uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, found := r.healed[uid]
	return found && h.hash == hash && r.Real.Now().Before(h.at.Add(healing))
}

func (r *Reconciler) noteHealed(uid types.UID, hash uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.healed == nil {
		r.healed = map[types.UID]healed{}
	}
	r.healed[uid] = healed{hash: hash, at: r.Real.Now()}
}

func (r *Reconciler) forgetHealed(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.healed, uid)
}

// untilHealing is when to come back to a cluster that needs nothing: after the healing interval and up to a tenth more, so that the
// clusters of a service that was just started do not all come back together.
func (r *Reconciler) untilHealing(c *v1alpha1.ManagedCluster) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(c.UID)) // never fails
	jitter := time.Duration(h.Sum32()%1000) * healing / 10 / 1000
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(time.Second, r.healed[c.UID].at.Add(healing).Sub(r.Real.Now())) + jitter
}
