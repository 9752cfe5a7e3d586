// Package measured carries figures from the stories that measure something to the page of benchmarks, so that killing and recovering is
// programmed once, in the stories.
package measured

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Variable names, in the environment, the file that figures go to. Without it they go nowhere.
const Variable = "LOTSE_FIGURES"

// Figure is one measured time.
type Figure struct {
	// Table is the heading under which it stands.
	Table string
	Name  string
	Took  time.Duration
	// Stated is within which time it should be, and Silent how long a workload did not answer meanwhile; 0 where there is no such thing.
	Stated, Silent time.Duration
}

// Record adds a figure to the file that Variable names, if any.
func Record(f Figure) (err error) {
	name := os.Getenv(Variable)
	if name == "" {
		return nil
	}
	line, err := json.Marshal(f)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.Write(append(line, '\n'))
	return err
}

// Read the figures that were recorded.
func Read(content []byte) (all []Figure, err error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	for {
		var f Figure
		switch err := decoder.Decode(&f); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("figures of the stories: %w", err)
		}
		all = append(all, f)
	}
}
