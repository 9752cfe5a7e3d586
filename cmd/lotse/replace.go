package main

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replace writes a file for its owner alone, in one step, so that a reader never sees half of it. renameio.WriteFile would keep the mode of
// a file that is there already, and these files hold keys.
func replace(file string, content []byte) error {
	pending, err := renameio.NewPendingFile(file, renameio.WithTempDir(filepath.Dir(file)), renameio.WithPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = pending.Cleanup() }() // does nothing after the replacement
	if _, err := pending.Write(content); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}
