package scenario

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lotse.dev/images"
)

// pushed is the reference of the stories' own image, busybox and the probe, pushed into Lotse's registry as any user would.
var pushed = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "story-image-*")
	if err != nil {
		return "", err
	}
	lotse.later(func() { os.RemoveAll(dir) })
	image, err := buildImage()
	if err != nil {
		return "", fmt.Errorf("building the stories' image: %w", err)
	}
	written, err := layout.Write(filepath.Join(dir, "layout"), empty.Index)
	if err != nil {
		return "", err
	}
	if err := written.AppendImage(image); err != nil {
		return "", err
	}
	target := "stories/probe:" + lotse.run
	out, err := lotse.cli(ctx, "image", "push", string(written), target)
	if err != nil {
		return "", err
	}
	lotse.later(func() { unpush(target, image) })
	return strings.TrimSpace(out), nil
})

// storyImage is the reference of the stories' image. Without it the story fails.
func storyImage(t *testing.T) string {
	t.Helper()
	reference, err := pushed()
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

// probe is the file of the program that stories run in Pods, built once.
var probe = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "story-probe-*")
	if err != nil {
		return "", err
	}
	lotse.later(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "probe")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./probe: %w\n%s", err, out)
	}
	return program, nil
})

// buildImage adds the probe to the busybox image of the installation's artifacts.
func buildImage() (v1.Image, error) {
	program, err := probe()
	if err != nil {
		return nil, err
	}
	base, err := builtImage("busybox")
	if err != nil {
		return nil, err
	}
	content, err := archive("probe", program)
	if err != nil {
		return nil, err
	}
	added, err := tarball.LayerFromOpener(content)
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(base, added)
}

// builtImage is an image of the installation's artifacts.
func builtImage(name string) (v1.Image, error) {
	dir := filepath.Join(lotse.artifacts, "images")
	catalogue, err := images.ReadCatalogue(dir)
	if err != nil {
		return nil, err
	}
	listed, err := catalogue.Image(name)
	if err != nil {
		return nil, err
	}
	index, err := layout.ImageIndexFromPath(filepath.Join(dir, listed.Layout))
	if err != nil {
		return nil, err
	}
	digest, err := v1.NewHash(listed.Digest)
	if err != nil {
		return nil, err
	}
	return index.Image(digest)
}

// archive is a tar of one program.
func archive(as, program string) (tarball.Opener, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: as, Mode: 0o755, Size: int64(len(content))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, nil
}

// unpush deletes the image from the registry, where that allows deletion.
func unpush(target string, image v1.Image) {
	digest, err := image.Digest()
	if err != nil {
		return
	}
	frontDoor, err := url.Parse(lotse.client.Credential.Endpoint)
	if err != nil {
		return
	}
	repository, _, _ := strings.Cut(target, ":")
	reference, err := name.NewDigest(frontDoor.Host + "/" + lotse.client.Credential.SubscriptionID + "/" + repository + "@" + digest.String())
	if err != nil {
		return
	}
	if err := remote.Delete(reference, remote.WithTransport(lotse.client.Transport())); err != nil {
		fmt.Fprintf(os.Stderr, "image %s stays in the registry: %v\n", target, err)
	}
}
