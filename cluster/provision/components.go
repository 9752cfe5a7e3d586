package provision

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/upgrade"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

// credentials are made once the addresses that they name are known and recorded.
func (f Facts) credentials(p prerequisites) ([]plan.Step, error) {
	if f.Cluster.Status.Endpoint != p.endpoint {
		return []plan.Step{plan.RecordEndpoint{Endpoint: p.endpoint, Conditions: f.admission("")}}, nil
	}
	held := f.Contents()
	roots, err := pki.Parse(held[v1alpha1.SecretPKI])
	if err != nil || pki.Expired(held[v1alpha1.SecretPKI], f.RealNow) {
		return []plan.Step{plan.WriteAuthorities{}}, nil
	}
	c := credentials.Cluster{
		Ref: f.ref(), Name: f.Cluster.Spec.Name,
		Network: f.Cluster.Spec.Network, Endpoint: p.endpoint, EtcdAddress: p.etcdAddress,
	}
	due, err := credentials.Due(c, roots, held, f.RealNow)
	if err != nil || !due {
		return f.retired(), err
	}
	return []plan.Step{plan.WriteCredentials{For: c}}, nil
}

// retired deletes the Secrets that no version of Lotse needs any more.
func (f Facts) retired() []plan.Step {
	var gone []client.Object
	for _, name := range credentials.Retired {
		if s := f.Secrets[name]; s != nil && s.DeletionTimestamp == nil {
			gone = append(gone, s)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return []plan.Step{plan.Delete{Objects: gone}}
}

// components make the control plane what its release renders to, recorded in r, but for what an abort has halted.
func (f Facts) components(a *assessment, r rendered) ([]plan.Step, error) {
	if r.components.err != nil {
		return nil, r.components.err
	}
	steps := f.retiredScheduler()
	for _, o := range r.components.objects {
		kept := f.halted(o)
		if kept != nil {
			a.halted = append(a.halted, o.GetName())
			if equality.Semantic.DeepEqual(f.Objects.live[keyOf(o)], kept) {
				continue
			}
			o = kept
		}
		if !controlplane.Due(o, f.hasAPIServer(), f.Pods) || f.twoSchedulers(o) || f.holds(o, steps, a.rolling) {
			continue
		}
		if err := f.ensure(&steps, o); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// controlPlane is what the control plane is rendered from.
func (f Facts) controlPlane(p prerequisites) (controlplane.Spec, error) {
	quota, err := etcdQuota(f.Cluster)
	if err != nil {
		return controlplane.Spec{}, err
	}
	held := f.Contents()
	s := controlplane.Spec{
		Ref:              f.ref(),
		Images:           f.Release.Spec.Images,
		Network:          f.Cluster.Spec.Network,
		Endpoint:         p.endpoint,
		OIDCIssuerURL:    f.Cluster.Spec.OIDCIssuerURL,
		EtcdAddress:      p.etcdAddress,
		EtcdQuota:        quota,
		Overlap:          pki.AuthoritiesOverlap(held[v1alpha1.SecretPKI]),
		CredentialHashes: map[string]string{},
	}
	if missing := s.Missing(); len(missing) > 0 {
		return s, f.incomplete(missing)
	}
	for name, data := range held {
		if name != v1alpha1.SecretRendering { // it records the others' hashes
			s.CredentialHashes[name] = controlplane.Hash(data)
		}
	}
	return s, nil
}

// retiredScheduler deletes the scheduler's own workload, which earlier versions had.
func (f Facts) retiredScheduler() []plan.Step {
	own, found := find(f.Objects, controlplane.RetiredScheduler(f.ref()))
	if !found || own.DeletionTimestamp != nil {
		return nil
	}
	return []plan.Step{plan.Delete{Objects: []client.Object{own}}}
}

// twoSchedulers reports whether applying an object would start a scheduler beside one that an earlier version started.
func (f Facts) twoSchedulers(o client.Object) bool {
	if _, set := o.(*appsv1.StatefulSet); !set || o.GetName() != v1alpha1.ComponentControllerManager {
		return false
	}
	_, found := find(f.Objects, controlplane.RetiredScheduler(f.ref()))
	return found || slices.ContainsFunc(f.Pods, func(p corev1.Pod) bool { return p.Labels[v1alpha1.LabelComponent] == v1alpha1.ComponentScheduler })
}

func (f Facts) incomplete(missing []string) error {
	return fmt.Errorf("release %s has no image of %s; install a complete release", f.Release.Name, strings.Join(missing, ", "))
}

func (f Facts) hasAPIServer() bool {
	_, found := find(f.Objects, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
		Namespace: f.ref().Namespace(), Name: v1alpha1.ComponentAPIServer,
	}})
	return found
}

// health of the components, and which are being replaced.
func (f Facts) health(a *assessment) {
	a.components = Health(f.Cluster.Status.Components, f.Pods, f.Cluster.Status.Store, metav1.NewTime(f.Now))
	a.rolling = upgrade.Rolling(all[*appsv1.StatefulSet](f.Objects), all[*appsv1.Deployment](f.Objects))
}
