package scenario

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/rendering"
	"lotse.dev/images"
)

// renderedOtherwise is a label of Pods that an older Lotse rendered.
const renderedOtherwise = "story.lotse.dev/older"

// TestNewerLotse: a newer Lotse, which renders workloads otherwise than the one before and brings a Release along, is installed over a cluster in use. Nothing
// of the cluster is replaced or restarted, and another one, which was stopped before, starts as it was. It runs alone, because the front door is replaced.
func TestNewerLotse(t *testing.T) {
	f := takeFixture(t)
	t.Cleanup(func() { f.leave(t, true) })
	c, err := lotse.connect(t.Context(), f.beta.group, f.beta.name) // a client without the fixture's short timeout
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, c)
	controlPlane := v1alpha1.ControlPlaneNamespace(f.beta.object)

	s.step("the cluster runs what an older Lotse rendered: its DNS and its controllers have a label that this one does not give")
	f.renderedByAnOlderLotse(s, controlPlane)
	s.until("both to run with it", 2*time.Minute, func() (bool, string) {
		dns, err := s.kube.AppsV1().Deployments("kube-system").Get(s.ctx, "coredns", metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		controllers, err := f.management.AppsV1().StatefulSets(controlPlane).Get(s.ctx, v1alpha1.ComponentControllerManager, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		d, set := dns.Status, controllers.Status
		return dns.Spec.Template.Labels[renderedOtherwise] != "" && d.ObservedGeneration == dns.Generation && d.UpdatedReplicas == d.Replicas && d.UnavailableReplicas == 0 &&
			controllers.Spec.Template.Labels[renderedOtherwise] != "" && set.ObservedGeneration == controllers.Generation && set.UpdatedReplicas == 1 &&
			set.ReadyReplicas == 1, fmt.Sprintf("%+v, %+v", d, set)
	})
	before := f.pods(s, controlPlane)
	s.Logf("%d Pods run", len(before))

	s.step("another cluster is stopped")
	asleep := f.stopped(s, f.alpha)

	s.step("a newer Lotse with a Release of its own is installed")
	newer := s.newerArtifacts()
	t.Cleanup(func() { f.restore(t, newer) })
	began := time.Now()
	_, err = lotse.program(s.ctx, "lotse", "up", "--artifacts", newer.directory)
	s.need(err)
	s.Logf("lotse up took %.1f s", time.Since(began).Seconds())

	s.step("it looks at the cluster: a write that changes a tag ends")
	_, err = lotse.cli(s.ctx, "cluster", "create", "-g", s.group, "-n", s.cluster.name, "--tags", "newer=yes")
	s.need(err)
	s.step("nothing of the cluster was replaced or restarted")
	after := f.pods(s, controlPlane)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] != before[name] {
			s.Errorf("%s was %s and is %q", name, before[name], after[name])
		}
	}
	if len(after) != len(before) {
		s.Errorf("%d Pods ran, and %d do", len(before), len(after))
	}

	s.step("the newer Lotse starts the cluster that was stopped: its nodes, its data and what its control plane is made from are the same")
	asleep.wakes(f, s)
}

// pods of a cluster and of its control plane: which each is, its images, and how often it was restarted.
func (f *fixture) pods(s *story, controlPlane string) map[string]string {
	s.Helper()
	found := map[string]string{}
	look := func(kube kubernetes.Interface, namespace string) {
		all, err := kube.CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{})
		s.need(err)
		for _, p := range all.Items {
			if p.DeletionTimestamp != nil {
				continue // of a workload's earlier Pods, which end in their time
			}
			state := string(p.UID)
			for _, c := range p.Status.ContainerStatuses {
				state += fmt.Sprintf(" %s %d", c.Image, c.RestartCount)
			}
			found[namespace+"/"+p.Name] = state
		}
	}
	look(f.management, controlPlane)
	look(f.management, v1alpha1.NodesNamespace(f.beta.object))
	look(s.kube, "kube-system")
	look(s.kube, workload)
	return found
}

// renderedByAnOlderLotse changes what is recorded of the cluster's rendering, as an older Lotse would have recorded it. Lotse makes the cluster that.
func (f *fixture) renderedByAnOlderLotse(s *story, controlPlane string) {
	s.Helper()
	secrets := f.management.CoreV1().Secrets(controlPlane)
	recorded, err := secrets.Get(s.ctx, v1alpha1.SecretRendering, metav1.GetOptions{})
	s.need(err)
	for key, content := range recorded.Data {
		record, err := rendering.Decode(content)
		s.need(err)
		for _, o := range record.Objects {
			switch o := o.(type) {
			case *appsv1.Deployment:
				if o.Name == "coredns" {
					metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, renderedOtherwise, "yes")
				}
			case *appsv1.StatefulSet:
				if o.Name == v1alpha1.ComponentControllerManager {
					metav1.SetMetaDataLabel(&o.Spec.Template.ObjectMeta, renderedOtherwise, "yes")
				}
			}
		}
		recorded.Data[key], err = record.Encode()
		s.need(err)
	}
	_, err = secrets.Update(s.ctx, recorded, metav1.UpdateOptions{FieldManager: v1alpha1.FieldManager})
	s.need(err)
	_, err = lotse.cli(s.ctx, "cluster", "create", "-g", s.group, "-n", s.cluster.name, "--tags", "newer=no") // so that it is looked at
	s.need(err)
}

// artifacts of a newer build.
type artifacts struct{ directory, busybox string }

// newerArtifacts are those of this installation, but for the images of Lotse, and of busybox, which makes another Release. Each has a layer more.
func (s *story) newerArtifacts() artifacts {
	s.Helper()
	a := artifacts{directory: s.TempDir()}
	from, to := filepath.Join(lotse.artifacts, "images"), filepath.Join(a.directory, "images")
	s.need(os.MkdirAll(to, 0o755))
	s.need(os.Symlink(filepath.Join(lotse.artifacts, "bin"), filepath.Join(a.directory, "bin")))
	catalogue, err := images.ReadCatalogue(from)
	s.need(err)
	for name, image := range catalogue.Images {
		image.Layout, err = filepath.Rel(to, filepath.Join(from, image.Layout))
		s.need(err)
		catalogue = catalogue.With(name, image)
	}
	for _, name := range []string{"lotse", "busybox"} {
		image, err := s.newerImage(name, catalogue.Images[name].Ref, filepath.Join(to, name))
		s.need(err)
		image.Layout = name
		catalogue = catalogue.With(name, image)
	}
	a.busybox = catalogue.Images["busybox"].Ref
	s.need(catalogue.Write(to))
	return a
}

// newerImage writes an image with a layer more, as an OCI layout whose index carries its name.
func (s *story) newerImage(name, ref, to string) (images.Image, error) {
	base, err := builtImage(name)
	if err != nil {
		return images.Image{}, err
	}
	content, err := archive("newer", filepath.Join(lotse.artifacts, "images", images.CatalogueFile))
	if err != nil {
		return images.Image{}, err
	}
	added, err := tarball.LayerFromOpener(content)
	if err != nil {
		return images.Image{}, err
	}
	image, err := mutate.AppendLayers(base, added)
	if err != nil {
		return images.Image{}, err
	}
	digest, err := image.Digest()
	if err != nil {
		return images.Image{}, err
	}
	ref = ref[:len(ref)-8] + digest.Hex[:8]
	written, err := layout.Write(to, empty.Index)
	if err != nil {
		return images.Image{}, err
	}
	named := layout.WithAnnotations(map[string]string{"io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref})
	return images.Image{Ref: ref, Digest: digest.String()}, written.AppendImage(image, named)
}

// restore the Lotse of before, and remove the Release that came with the newer one, so that later stories do not get it.
func (f *fixture) restore(t *testing.T, newer artifacts) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if out, err := lotse.program(ctx, "lotse", "up", "--artifacts", lotse.artifacts); err != nil {
		t.Errorf("lotse up: %v\n%s", err, out)
	}
	m := openManagement(t)
	releases := m.dynamic.Resource(v1alpha1.GroupVersion.WithResource("releases"))
	all, err := releases.List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	removed := 0
	for _, r := range all.Items {
		if ref, _, _ := unstructured.NestedString(r.Object, "spec", "images", "busybox"); ref == newer.busybox {
			removed++
			if err := releases.Delete(ctx, r.GetName(), metav1.DeleteOptions{}); err != nil {
				t.Error(err)
			}
		}
	}
	if removed != 1 {
		t.Errorf("the newer Lotse brought %d Releases along", removed)
	}
}
