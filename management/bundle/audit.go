package bundle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"lotse.dev/audit"
)

// Audit is the youngest lines of the audit log: of the books on this machine, which can be had when nothing runs, else what ask answers with.
// volumes is the directory of the installation's volumes, empty if it has none here.
func Audit(volumes string, ask func(context.Context) ([]byte, error)) Part {
	return Part{"audit", func(ctx context.Context, add Add) error {
		found, failed := booksBelow(volumes, add)
		if found {
			return failed
		}
		lines, err := ask(ctx)
		if err != nil {
			return errors.Join(failed, fmt.Errorf("the audit log: %w", err))
		}
		add("records.jsonl", lines)
		return failed
	}}
}

// booksBelow adds the books that lie in one of the volumes. Volumes are called by their claims' UIDs, so they are found by what they hold.
func booksBelow(volumes string, add Add) (found bool, failed error) {
	if volumes == "" {
		return false, nil
	}
	all, err := filepath.Glob(filepath.Join(volumes, "*"))
	if err != nil {
		return false, err
	}
	for _, dir := range all {
		books, err := audit.Tail(dir, maxBytes)
		failed = errors.Join(failed, err)
		for name, lines := range books {
			found = true
			add(name+".jsonl", lines)
		}
	}
	return found, failed
}
