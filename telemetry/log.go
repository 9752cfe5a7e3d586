package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// debug is the verbosity, in logr's terms, that slog calls debug.
const debug = -int(slog.LevelDebug)

// Levels that a log can have.
var Levels = []string{"debug", "info", "warn", "error"}

// ParseLevel reads one of Levels.
func ParseLevel(name string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil || strings.ContainsAny(name, "+-") {
		return level, fmt.Errorf("log level %q is not one of %s", name, strings.Join(Levels, ", "))
	}
	return level, nil
}

// Log sets up the one log of a process: JSON lines, also those of libraries that have their own loggers.
func Log(w io.Writer, level slog.Level) *slog.Logger {
	log := slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	l := logr.FromSlogHandler(log.Handler())
	ctrl.SetLogger(l)
	klog.SetLogger(l)
	return log
}
