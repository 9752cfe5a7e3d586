package scenario

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-logr/logr"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	controlled "sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"lotse.dev/api/v1alpha1"
)

// publishNodeImage does what lotse up does with a build whose node image is newer: it pushes the image and makes a Release that has everything else
// of the one named. It returns the image's version, which is later than that of the Release: another story may have published one before. The image differs by a
// label. The Release goes when all stories have ended, because others may use it.
func (s *story) publishNodeImage(release string) string {
	s.Helper()
	management := managementObjects(s)
	present := &v1alpha1.Release{}
	s.need(management.Get(s.ctx, controlled.ObjectKey{Name: release}, present))
	version := s.laterThan(present.Spec.NodeImageVersion)
	image, err := relabelled("node", version)
	s.need(err)
	digest, err := image.Digest()
	s.need(err)
	reference := fmt.Sprintf("registry.lotse.internal/lotse/node:v%s-%s-%s", present.Spec.KubernetesVersion,
		version[strings.LastIndex(version, "-")+1:], digest.Hex[:8])
	s.need(pushOwn(s.ctx, management, reference, image))
	next := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v" + present.Spec.KubernetesVersion + "-" + digest.Hex[:8]}, Spec: *present.Spec.DeepCopy()}
	next.Spec.NodeImageVersion, next.Spec.Images = version, maps.Clone(present.Spec.Images)
	next.Spec.Images[v1alpha1.ImageNode] = reference
	s.need(controlled.IgnoreAlreadyExists(management.Create(s.ctx, next)))
	lotse.later(func() { _ = management.Delete(context.Background(), next) })
	return version
}

// laterThan a version of a node image, such as LotseDebian-12-202611.23.0, is the one with the next number.
func (s *story) laterThan(version string) string {
	s.Helper()
	last := strings.LastIndex(version, ".") + 1
	number, err := strconv.Atoi(version[last:])
	s.need(err)
	return version[:last] + strconv.Itoa(number+1)
}

// managementObjects is a client of the management cluster that knows Lotse's own kinds.
func managementObjects(s *story) controlled.Client {
	s.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(filepath.Dir(lotse.credentials), "management.kubeconfig"))
	if err != nil {
		s.fail("this story publishes a node image behind the front door and needs the management kubeconfig: %v", err)
	}
	log.SetLogger(logr.Discard()) // the client's library complains once if nobody says where its log goes
	scheme := runtime.NewScheme()
	s.need(clientscheme.AddToScheme(scheme))
	s.need(v1alpha1.AddToScheme(scheme))
	c, err := controlled.New(config, controlled.Options{Scheme: scheme})
	s.need(err)
	return c
}

// relabelled is an image of the artifacts with another label, and so another digest.
func relabelled(image, label string) (v1.Image, error) {
	built, err := builtImage(image)
	if err != nil {
		return nil, err
	}
	file, err := built.ConfigFile()
	if err != nil {
		return nil, err
	}
	config := *file.Config.DeepCopy()
	config.Labels = map[string]string{"story": label}
	return mutate.Config(built, config)
}

// pushOwn pushes one of Lotse's own images, with the installation's credential for its registry.
func pushOwn(ctx context.Context, management controlled.Client, reference string, image v1.Image) error {
	own, service := &corev1.Secret{}, &corev1.Service{}
	if err := management.Get(ctx, controlled.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: "registry-client"}, own); err != nil {
		return err
	}
	if err := management.Get(ctx, controlled.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: "registry"}, service); err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(own.Data["tls.crt"], own.Data["tls.key"])
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(own.Data["ca.crt"])
	_, repository, _ := strings.Cut(reference, "/")
	to, err := name.ParseReference(service.Spec.ClusterIP + ":5001/" + repository)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: "registry.lotse-system.svc", MinVersion: tls.VersionTLS12,
	}}
	return remote.Write(to, image, remote.WithContext(ctx), remote.WithTransport(transport))
}
