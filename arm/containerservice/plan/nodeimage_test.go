package plan

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

func build(name, version, image string, created int64) v1alpha1.Release {
	return v1alpha1.Release{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Unix(created, 0))},
		Spec:       v1alpha1.ReleaseSpec{KubernetesVersion: version, NodeImageVersion: image},
	}
}

var builds = release.New([]v1alpha1.Release{
	build("r1.37.0", "1.37.0", "image-1", 1), build("r1.37.0-b", "1.37.0", "image-2", 2), build("r1.36.3", "1.36.3", "image-1", 1),
	build("r1.36.3-b", "1.36.3", "image-2", 2),
}, time.Now())

func TestNodeImageOfAPool(t *testing.T) {
	present := poolSpec()
	pinned := poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.NodeImageVersion = "image-1" })
	older := poolSpec(func(p *v1alpha1.AgentPoolSpec) { p.OrchestratorVersion, p.Release = "1.36.3", "r1.36.3" })
	olderPinned := older
	olderPinned.NodeImageVersion = "image-1"
	for sentence, c := range map[string]struct {
		present *v1alpha1.AgentPoolSpec
		change  func(*request.Pool)
		want    string // release; "" for a refusal
		pin     string
	}{
		"a write without a pin keeps the image":               {&present, nil, "r1.37.0", ""},
		"a pin to the present image keeps the release":        {&present, pin("image-1"), "r1.37.0", "image-1"},
		"a pin to another image takes its release":            {&present, pin("image-2"), "r1.37.0-b", "image-2"},
		"an image that there is not for the version is wrong": {&present, pin("image-3"), "", ""},
		"a pin is kept by other writes":                       {&pinned, nil, "r1.37.0", "image-1"},
		"a pin that ends changes no image":                    {&pinned, pin(""), "r1.37.0", ""},
		"another version brings its newest image":             {&older, to("1.37.0"), "r1.37.0-b", ""},
		"but a pinned pool keeps its image":                   {&olderPinned, to("1.37.0"), "r1.37.0", "image-1"},
		"a new pool has its cluster's image":                  {nil, nil, "r1.37.0", ""},
		"a new pool can be pinned":                            {nil, pin("image-2"), "r1.37.0-b", "image-2"},
	} {
		t.Run(sentence, func(t *testing.T) {
			req := request.Pool{Name: "np2", Path: "properties", Spec: v1alpha1.AgentPoolSpec{Count: 1}, Present: c.present}
			if c.present != nil {
				req.Spec = *c.present
			}
			if c.change != nil {
				c.change(&req)
			}
			got, err := Pool(req, Facts{Present: existing(), Catalogue: builds})
			if c.want == "" {
				if e := fault.Of(err); err == nil || e.Kind != fault.InvalidParameter || e.Target != "properties.lotseProfile.nodeImageVersion" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got.Release != c.want || got.NodeImageVersion != c.pin {
				t.Errorf("got release %s, pinned to %q: %v", got.Release, got.NodeImageVersion, err)
			}
		})
	}
}

func pin(image string) func(*request.Pool) {
	return func(r *request.Pool) { r.NodeImage, r.NodeImageSent = image, true }
}

func to(version string) func(*request.Pool) {
	return func(r *request.Pool) { r.Version, r.VersionSent = version, true }
}

func TestNodeImageUpgrade(t *testing.T) {
	spec, err := NodeImage(state.Pool{Name: "np1", Spec: poolSpec()}, builds)
	if err != nil || spec.Release != "r1.37.0-b" || spec.Attempt != 0 {
		t.Errorf("got %+v, %v", spec, err)
	}
	again, err := NodeImage(state.Pool{Name: "np1", Spec: spec}, builds)
	if err != nil || again.Release != "r1.37.0-b" || again.Attempt != 1 {
		t.Errorf("a pool with the newest image gets %+v, %v", again, err)
	}
	spec.NodeImageVersion = "image-2"
	if _, err := NodeImage(state.Pool{Name: "np1", Spec: spec}, builds); err == nil || fault.Of(err).Kind != fault.OperationNotAllowed {
		t.Errorf("a pinned pool: %v", err)
	}
}
