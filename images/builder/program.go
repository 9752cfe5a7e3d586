package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/renameio/v2"

	"lotse.dev/images/inputs"
	"lotse.dev/images/manifest"
)

// program is a program in bin/ and the record of how it came there.
type program struct {
	manifest.Program `json:"-"`
	Key              string // of its inputs; empty for Lotse's own, whose inputs only the compiler knows
	Digest           string // of its content, hexadecimal SHA-256
	Size             int64
	Modified         int64 // nanoseconds since 1970
}

// errNoSource says that a program's source is not in the repository (yet).
var errNoSource = errors.New("no source")

// program brings bin/<name> up to date. It calls linking as soon as no more packages are compiled for it.
func (b *Builder) program(ctx context.Context, name string, linking func()) (program, error) {
	wanted, known := b.manifest.Program(name)
	if !known {
		return program{}, fmt.Errorf("cmd/%s: %w", name, errNoSource)
	}
	p := program{Program: wanted}
	step := "program-" + strings.ReplaceAll(name, "/", "-")
	if err := b.read(step, &p); err != nil {
		return program{}, err
	}
	made, err := b.make(ctx, &p, linking)
	if err != nil {
		return program{}, fmt.Errorf("program %s: %w", name, err)
	}
	if made {
		if err := b.write(step, p); err != nil {
			return program{}, err
		}
	}
	return p, b.link(p)
}

// make compiles, unless the program is recorded as made from the same inputs.
func (b *Builder) make(ctx context.Context, p *program, linking func()) (bool, error) {
	own := p.Dir == "."
	if !own {
		key, err := b.programKey(p.Program)
		if err != nil {
			return false, err
		}
		if key == p.Key && b.intact(*p) {
			return false, nil
		}
		p.Key = key
	}
	// Staged files stay, because the compiler recognises its own result there and then does not link again.
	staged := b.path(".build/staged/" + strings.ReplaceAll(p.Name, "/", "-"))
	if err := b.compile(ctx, p.Program, staged, linking); err != nil {
		return false, err
	}
	digest, err := digestOf(staged)
	if err != nil {
		return false, err
	}
	if own && digest == p.Digest && b.intact(*p) {
		return false, nil
	}
	if err := b.place(staged, p.Name, own); err != nil {
		return false, err
	}
	info, err := os.Stat(b.path("bin/" + p.Name))
	if err != nil {
		return false, fmt.Errorf("recording what was made: %w", err)
	}
	p.Digest, p.Size, p.Modified = digest, info.Size(), info.ModTime().UnixNano()
	return true, nil
}

func (b *Builder) programKey(p manifest.Program) (string, error) {
	return inputs.New("program").
		Text(p.Name, runtime.Version(), runtime.GOARCH).
		Text(command(p, "")...).
		Tree(filepath.Join(b.root, p.Dir)).
		Sum()
}

// intact says whether the program is still the file that was recorded.
func (b *Builder) intact(p program) bool {
	info, err := os.Stat(b.path("bin/" + p.Name))
	return err == nil && info.Size() == p.Size && info.ModTime().UnixNano() == p.Modified
}

// place moves the staged file to bin, or copies it where the staged one is to stay.
func (b *Builder) place(staged, name string, keep bool) error {
	target := b.path("bin/" + name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("putting the program in place: %w", err)
	}
	if !keep {
		if err := os.Rename(staged, target); err != nil {
			return fmt.Errorf("putting the program in place: %w", err)
		}
		return nil
	}
	content, err := os.ReadFile(staged)
	if err != nil {
		return fmt.Errorf("putting the program in place: %w", err)
	}
	// Renamed, because the old program may be running and cannot be written to.
	if err := renameio.WriteFile(target, content, 0o755); err != nil {
		return fmt.Errorf("putting the program in place: %w", err)
	}
	return nil
}

// link gives the program its other names, beside it.
func (b *Builder) link(p program) error {
	for _, name := range p.Links {
		err := os.Symlink(path.Base(p.Name), b.path(path.Join("bin", path.Dir(p.Name), name)))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("naming %s %s: %w", p.Name, name, err)
		}
	}
	return nil
}

func digestOf(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("reading what was made: %w", err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("reading what was made: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
