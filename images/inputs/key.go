// Package inputs computes the key of a build step: a hash of everything its output depends on. The same key means the output need
// not be made again.
package inputs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Key collects inputs. What is put in, and in which order, makes the sum.
type Key struct {
	hash hash.Hash
	err  error
}

// New starts the key of a step; steps with different names never have equal keys.
func New(step string) *Key {
	k := &Key{hash: sha256.New()}
	return k.Text(step)
}

// Text adds strings. Their lengths go in too, so that moving a letter from one to the next is a change.
func (k *Key) Text(values ...string) *Key {
	for _, v := range values {
		fmt.Fprintf(k.hash, "%d:%s;", len(v), v)
	}
	return k
}

// Tree adds names, modes and contents of the files below dir, except tests. A dir that does not exist is the same as an empty one.
func (k *Key) Tree(dir string) *Key {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if name == dir && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		return k.file(dir, name, d)
	})
	k.err = errors.Join(k.err, err)
	return k
}

func (k *Key) file(dir, name string, d fs.DirEntry) error {
	relative, err := filepath.Rel(dir, name)
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	k.Text(relative, info.Mode().String(), fmt.Sprint(info.Size()))
	_, err = io.Copy(k.hash, file)
	return err
}

// Sum is the key, hexadecimal. Its error is the first of a file that could not be read.
func (k *Key) Sum() (string, error) {
	if k.err != nil {
		return "", fmt.Errorf("reading inputs: %w", k.err)
	}
	return hex.EncodeToString(k.hash.Sum(nil)), nil
}
