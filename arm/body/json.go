package body

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a body's content. They are far beyond any resource (a cluster with all its pools has some 5000 values), and keep what reads a body
// from doing much work for little text.
const (
	maxName   = 1024
	maxValues = 20_000
)

// object reads one JSON value, which must be an object, and keeps numbers as they were written. A duplicate property is refused: a check could
// read one of the two and the store keep the other.
func object(r io.Reader) (map[string]any, error) {
	d := &decoder{Decoder: json.NewDecoder(r)}
	d.UseNumber()
	v, err := d.value()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return fields, nil
}

// misplaced is a fault at a place. The path is put together only when there is a fault: with it, each value would cost as much as all names above.
type misplaced struct {
	steps  []string // the innermost first
	format string
}

func (e *misplaced) Error() string {
	path := ""
	for _, s := range e.steps {
		path = s + path
	}
	if path = strings.TrimPrefix(path, "."); path == "" {
		path = "the object"
	}
	return fmt.Sprintf(e.format, path)
}

// below adds a step to the place of a fault.
func below(err error, step string) error {
	if e := (*misplaced)(nil); errors.As(err, &e) {
		e.steps = append(e.steps, step)
	}
	return ended(err)
}

type decoder struct {
	*json.Decoder
	values int
}

func (d *decoder) value() (any, error) {
	if d.values++; d.values > maxValues {
		return nil, fmt.Errorf("it has more than %d values", maxValues)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return d.members()
	case json.Delim('['):
		return d.items()
	}
	return token, nil
}

func (d *decoder) members() (map[string]any, error) {
	fields := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, ended(err)
		}
		name, ok := token.(string)
		if !ok {
			return nil, &misplaced{format: "something in %s is no property name"}
		}
		if len(name) > maxName {
			return nil, &misplaced{format: fmt.Sprintf("a property of %%s has a name of more than %d bytes", maxName)}
		}
		if _, twice := fields[name]; twice {
			return nil, &misplaced{steps: []string{"." + name}, format: "the property %s is there twice"}
		}
		if fields[name], err = d.value(); err != nil {
			return nil, below(err, "."+name)
		}
	}
	_, err := d.Token()
	return fields, ended(err)
}

func (d *decoder) items() ([]any, error) {
	all := []any{}
	for d.More() {
		v, err := d.value()
		if err != nil {
			return nil, below(err, fmt.Sprintf("[%d]", len(all)))
		}
		all = append(all, v)
	}
	_, err := d.Token()
	return all, ended(err)
}

// ended distinguishes the end of the text inside a value from the end after it.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
