package bundle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"lotse.dev/audit"
)

// Audit is the newest lines of the audit log: from the files on this host, which are there also when nothing runs, otherwise what ask returns.
// volumes is the directory of the installation's volumes, empty if it has none on this host.
func Audit(volumes string, ask func(context.Context) ([]byte, error)) Part {
	return Part{"audit", func(ctx context.Context, add Add) error {
		found, failed := logsBelow(volumes, add)
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

// logsBelow adds the logs that are in one of the volumes. Volumes are named by their claims' UIDs, so the right one is found by its content.
func logsBelow(volumes string, add Add) (found bool, failed error) {
	if volumes == "" {
		return false, nil
	}
	all, err := filepath.Glob(filepath.Join(volumes, "*"))
	if err != nil {
		return false, err
	}
	for _, dir := range all {
		logs, err := audit.Tail(dir, maxBytes)
		failed = errors.Join(failed, err)
		for name, lines := range logs {
			found = true
			add(name+".jsonl", lines)
		}
	}
	return found, failed
}
