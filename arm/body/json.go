package body

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// object reads one JSON value, which must be an object, and keeps numbers as they were written. A duplicate property is refused: a check could
// read one of the two and the store keep the other.
func object(r io.Reader) (map[string]any, error) {
	d := json.NewDecoder(r)
	d.UseNumber()
	v, err := value(d, "")
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

func value(d *json.Decoder, path string) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return members(d, path)
	case json.Delim('['):
		return items(d, path)
	}
	return token, nil
}

func members(d *json.Decoder, path string) (map[string]any, error) {
	fields := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, ended(err)
		}
		name, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("%v in %s is no property name", token, at(path))
		}
		inner := name
		if path != "" {
			inner = path + "." + name
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("the property %s is there twice", inner)
		}
		if fields[name], err = value(d, inner); err != nil {
			return nil, ended(err)
		}
	}
	_, err := d.Token()
	return fields, ended(err)
}

func items(d *json.Decoder, path string) ([]any, error) {
	all := []any{}
	for d.More() {
		v, err := value(d, fmt.Sprintf("%s[%d]", path, len(all)))
		if err != nil {
			return nil, ended(err)
		}
		all = append(all, v)
	}
	_, err := d.Token()
	return all, ended(err)
}

func at(path string) string {
	if path == "" {
		return "the object"
	}
	return path
}

// ended distinguishes the end of the text inside a value from the end after it.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
