package host

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// raise settings below a directory to their minimums. One that cannot be raised is logged: everything works without it, for fewer machines.
func raise(dir string, minimums map[string]uint64, log *slog.Logger) {
	for _, name := range slices.Sorted(maps.Keys(minimums)) {
		if err := raiseOne(filepath.Join(dir, name), minimums[name]); err != nil {
			log.Warn("a setting of the kernel stays low, which limits how many machines this host carries", "setting", name, "error", err)
		}
	}
}

func raiseOne(file string, minimum uint64) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // this kernel lacks it
	}
	if err != nil {
		return err
	}
	now, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return fmt.Errorf("it is not a number: %w", err)
	}
	if now >= minimum {
		return nil
	}
	return os.WriteFile(file, []byte(strconv.FormatUint(minimum, 10)), 0o644)
}
