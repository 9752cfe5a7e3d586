package scenario

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/client"
)

// imagesStory is a customer with a cluster and an image, and a person of another tenant who tries to get both.
type imagesStory struct {
	*story
	access *accessStory
	// farm is the other tenant's subscription.
	farm string
}

// TestImagesBelongToASubscription: another tenant's people neither overwrite, delete, see nor take over a customer's images, and nodes pull
// those of their own subscription alone.
func TestImagesBelongToASubscription(t *testing.T) {
	t.Parallel()
	s := &imagesStory{story: begin(t, sharedCluster(t))}
	s.access = &accessStory{T: t, ctx: s.ctx, began: time.Now(), assignments: map[string]string{}, people: map[string]string{},
		secrets: map[string]string{}, clients: map[string]*client.Client{}}

	s.step("a node pulls an image of its own subscription")
	image := storyImage(t)
	own := strings.TrimPrefix(image, "registry.lotse.internal/")
	s.run(server("own", image))
	before, err := remote.Head(s.reference(own), s.as(lotse.client)...)
	s.need(err)

	s.step("there is another tenant, whose contributor pushes an image there")
	s.farm = s.access.tenant("farm")
	s.access.person("farmer")
	s.access.give("farmer", "Contributor", client.SubscriptionPath(s.farm))
	farmer := s.access.clients["farmer"]
	foreign, err := random.Image(1000, 1)
	s.need(err)
	theirs := s.farm + "/probe:" + lotse.run
	s.until("the new subscription to take images", time.Minute, func() (bool, string) {
		err := remote.Write(s.reference(theirs), foreign, s.as(farmer)...)
		return err == nil, messageOf(err)
	})

	s.step("they neither overwrite nor delete nor pull the customer's image, and learn of none")
	s.unknown("overwriting", remote.Write(s.reference(own), foreign, s.as(farmer)...))
	s.unknown("deleting", remote.Delete(s.reference(own), s.as(farmer)...))
	_, err = remote.Image(s.reference(own), s.as(farmer)...)
	s.unknown("pulling", err)
	s.lists(farmer)
	s.unchanged(own, before)

	s.step("nor do they change an image of the service")
	if err := remote.Write(s.reference("lotse/pause:"+lotse.run), foreign, s.as(farmer)...); err == nil || !strings.Contains(err.Error(), "service's own") {
		s.fail("pushing below lotse/ is answered %v", err)
	}

	s.step("a node of the customer's does not pull the other tenant's image")
	s.start(template("foreign", "registry.lotse.internal/"+theirs, "/nothing"))
	s.until("its Pod to report that the image cannot be pulled", time.Minute, func() (bool, string) {
		pod, err := s.kube.CoreV1().Pods(s.namespace).Get(s.ctx, "foreign", metav1.GetOptions{})
		if err != nil || len(pod.Status.ContainerStatuses) == 0 {
			return false, messageOf(err)
		}
		w := pod.Status.ContainerStatuses[0].State.Waiting
		return w != nil && (w.Reason == "ErrImagePull" || w.Reason == "ImagePullBackOff"), podState(pod)
	})

	s.step("the audit log has who tried")
	images := client.SubscriptionPath(owner(own)) + "/providers/Microsoft.ContainerRegistry/registries/lotse/"
	s.access.audited("farmer", "DELETE", images+"stories/probe/manifests/"+lotse.run, 404, "")
}

// owner of an image: what stands before the first slash.
func owner(image string) string {
	subscription, _, _ := strings.Cut(image, "/")
	return subscription
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (s *imagesStory) reference(image string) name.Reference {
	s.Helper()
	frontDoor, err := url.Parse(lotse.client.Credential.Endpoint)
	s.need(err)
	reference, err := name.ParseReference(frontDoor.Host + "/" + image)
	s.need(err)
	return reference
}

func (s *imagesStory) as(c *client.Client) []remote.Option {
	return []remote.Option{remote.WithContext(s.ctx), remote.WithTransport(c.Transport())}
}

func (s *imagesStory) unknown(what string, err error) {
	s.Helper()
	if err == nil || !strings.Contains(err.Error(), "NAME_UNKNOWN") {
		s.fail("%s another tenant's image is answered %v", what, err)
	}
}

func (s *imagesStory) unchanged(image string, before *v1.Descriptor) {
	s.Helper()
	now, err := remote.Head(s.reference(image), s.as(lotse.client)...)
	s.need(err)
	if now.Digest != before.Digest {
		s.fail("%s is %s now, and was %s", image, now.Digest, before.Digest)
	}
}

// lists what a person of the other tenant may see: their own repositories and the service's.
func (s *imagesStory) lists(c *client.Client) {
	s.Helper()
	all, err := remote.Catalog(s.ctx, s.reference("lotse/pause").Context().Registry, s.as(c)...)
	s.need(err)
	seen := false
	for _, repository := range all {
		of := owner(repository)
		if of != "lotse" && of != s.farm {
			s.fail("the list has %s", repository)
		}
		seen = seen || of == s.farm
	}
	if !seen {
		s.fail("the list %v lacks their own", all)
	}
}
