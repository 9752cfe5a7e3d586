package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Archive lists what a layer's archive holds, as entries below a directory of another layer. Their contents stay in the archive until the layer is
// written.
func Archive(name, below string) ([]Entry, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []Entry
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading layer %s: %w", name, err)
		}
		e, err := entry(header, file, below)
		if err != nil {
			return nil, fmt.Errorf("reading layer %s: %w", name, err)
		}
		all = append(all, e)
	}
}

// entry of a header that was just read: what follows it in the file is the entry's content.
func entry(h *tar.Header, file *os.File, below string) (Entry, error) {
	e := Entry{Path: path.Join(below, h.Name), Kind: Kind(h.Typeflag), Mode: h.Mode, Owner: h.Uid, Group: h.Gid, Target: h.Linkname}
	switch e.Kind {
	case Dir, Symlink:
	case Link:
		e.Target = path.Join(below, h.Linkname)
	case File:
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return e, err
		}
		if h.Size > 0 {
			e.Source, e.Part = file.Name(), Part{Offset: offset, Length: h.Size}
		}
	default:
		return e, fmt.Errorf("%s is of a kind that no layer of ours has: %q", h.Name, h.Typeflag)
	}
	if strings.HasPrefix(path.Base(e.Path), ".wh.") {
		return e, fmt.Errorf("%s removes a file of a lower layer, which needs more than its content", h.Name)
	}
	return e, nil
}
