package builder

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"lotse.dev/images/layer"
)

// unpacked lists what a layer's archive holds, as entries below a directory of another layer.
func unpacked(name, below string) ([]layer.Entry, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []layer.Entry
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading layer %s: %w", name, err)
		}
		e, err := entry(header, archive, below)
		if err != nil {
			return nil, fmt.Errorf("reading layer %s: %w", name, err)
		}
		all = append(all, e)
	}
}

// entry of a header that was just read, with its content.
func entry(h *tar.Header, content io.Reader, below string) (e layer.Entry, err error) {
	e = layer.Entry{Path: path.Join(below, h.Name), Kind: layer.Kind(h.Typeflag), Mode: h.Mode, Owner: h.Uid, Group: h.Gid, Target: h.Linkname}
	switch e.Kind {
	case layer.Dir, layer.Symlink:
	case layer.Link:
		e.Target = path.Join(below, h.Linkname)
	case layer.File:
		e.Content, err = io.ReadAll(content)
	default:
		err = fmt.Errorf("%s is of a kind that no layer of ours has: %q", h.Name, h.Typeflag)
	}
	if strings.HasPrefix(path.Base(e.Path), ".wh.") {
		err = fmt.Errorf("%s removes a file of a lower layer, which needs more than its content", h.Name)
	}
	return e, err
}
