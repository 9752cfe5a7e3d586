package host

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lotse.dev/images"
)

// The images that this host runs, in the order in which they are needed. All others are for customers' nodes, which pull them from the
// registry.
var (
	first  = []string{"pause", "etcd", "kubernetes"}
	second = []string{"coredns", "volumes", "registry", "lotse"}
	third  = []string{"konnectivity", "node"}
)

// missing returns the named images of the catalogue that containerd does not have.
func missing(c images.Catalogue, names, present []string) (found []images.Image) {
	for _, name := range names {
		if image, err := c.Image(name); err == nil && !slices.Contains(present, image.Ref) {
			found = append(found, image)
		}
	}
	return found
}

// ctr is containerd's own client; linking it would bring half of containerd into this module.
func ctr(ctx context.Context, d Data, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(d.Bin(), "ctr"), append([]string{"--address", containerdSocket, "--namespace", "k8s.io"}, args...)...)
}

// present returns the references of containerd's images.
func present(ctx context.Context, d Data) ([]string, error) {
	out, err := ctr(ctx, d, "images", "list", "-q").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("list images: %w: %s", err, lastLine(out))
	}
	return strings.Fields(string(out)), nil
}

// importImages imports those of the named images that are missing and returns their number.
func importImages(ctx context.Context, o Options, names ...string) (int, error) {
	var have []string
	err := wait(ctx, time.Minute, func(ctx context.Context) (err error) { // containerd may have been started a moment ago
		have, err = present(ctx, o.Data)
		return err
	})
	if err != nil {
		return 0, err
	}
	lacking := missing(o.Catalogue, names, have)
	for i, image := range lacking {
		layout := filepath.Join(o.Artifacts, "images", image.Layout)
		if err := fits(layout, image); err != nil {
			return i, err
		}
		if err := importImage(ctx, o.Data, layout, image.Ref); err != nil {
			return i, err
		}
	}
	return len(lacking), nil
}

// fits fails if the layout is not the image that the catalogue lists: a concurrent build may have replaced one of them.
func fits(layout string, image images.Image) error {
	index, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		return fmt.Errorf("image layout: %w; run make images", err)
	}
	if !strings.Contains(string(index), image.Digest) {
		return fmt.Errorf("the layout %s is not the image %s of the catalogue; run make images", layout, image.Ref)
	}
	return nil
}

// importImage streams an image's layout to containerd and pins it, so that the kubelet never garbage-collects it.
func importImage(ctx context.Context, d Data, layout, ref string) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(archive(writer, layout)) }()
	cmd := ctr(ctx, d, "images", "import", "--label", "io.cri-containerd.pinned=pinned", "-")
	cmd.Stdin = reader
	out, err := cmd.CombinedOutput()
	_ = reader.Close() // ends the goroutine if ctr did not read everything
	if err != nil {
		return fmt.Errorf("import %s: %w: %s", ref, err, lastLine(out))
	}
	return nil
}

// archive writes an OCI layout as a tar stream. Its index carries the image's name already.
func archive(w io.Writer, layout string) error {
	layout, err := filepath.EvalSymlinks(layout)
	if err != nil {
		return fmt.Errorf("image layout: %w; run make images", err)
	}
	t := tar.NewWriter(w)
	err = filepath.WalkDir(layout, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(layout, path)
		if err != nil {
			return err
		}
		return add(t, path, name)
	})
	if err != nil {
		return fmt.Errorf("image layout: %w; run make images", err)
	}
	return t.Close()
}

func add(t *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndex(text, "\n")+1:]
}
