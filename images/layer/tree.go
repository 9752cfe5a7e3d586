package layer

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Tree lists the files below root. Device nodes, sockets and pipes are left out: the container runtime makes those a container needs.
func Tree(root string) ([]Entry, error) {
	w := walk{root: root, first: map[inode]string{}}
	// WalkDir goes in lexical order of names, not of paths ("a-b" before "a/b"): hard links are resolved after sorting.
	if err := filepath.WalkDir(root, w.visit); err != nil {
		return nil, err
	}
	return w.linked(), nil
}

type inode struct{ device, number uint64 }

type walk struct {
	root    string
	entries []Entry
	inodes  []inode // of each entry; zero where it has no other name
	first   map[inode]string
}

func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	if err != nil || name == w.root {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(w.root, name)
	if err != nil {
		return err
	}
	status := info.Sys().(*syscall.Stat_t)
	e := Entry{Path: relative, Mode: int64(status.Mode & 0o7777), Owner: int(status.Uid), Group: int(status.Gid)}
	var id inode
	switch {
	case info.IsDir():
		e.Kind = Dir
	case info.Mode().IsRegular():
		e.Kind, e.Source = File, name
		if status.Nlink > 1 {
			id = inode{status.Dev, status.Ino}
			if known, ok := w.first[id]; !ok || relative < known {
				w.first[id] = relative
			}
		}
	case info.Mode()&fs.ModeSymlink != 0:
		e.Kind = Symlink
		if e.Target, err = os.Readlink(name); err != nil {
			return err
		}
	default:
		return nil
	}
	w.entries, w.inodes = append(w.entries, e), append(w.inodes, id)
	return nil
}

// linked makes every further name of an inode a hard link to the one that sorts first.
func (w *walk) linked() []Entry {
	for i, id := range w.inodes {
		if first, shared := w.first[id]; shared && w.entries[i].Path != first {
			w.entries[i].Kind, w.entries[i].Target, w.entries[i].Source = Link, first, ""
		}
	}
	return w.entries
}
