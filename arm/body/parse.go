package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"lotse.dev/arm/fault"
)

// MaxBytes of a body, ARM's.
const MaxBytes = 4 << 20

// maxDepth keeps a body of brackets from becoming a deep recursion.
const maxDepth = 64

// Read the JSON object in a request's body. present is the resource's present answer, or nil; anything that marshals to JSON.
func Read(r *http.Request, present any) (*Object, error) {
	if ct := r.Header.Get("Content-Type"); ct != "" && !strings.Contains(strings.ToLower(ct), "json") {
		return nil, fault.New(fault.UnsupportedMediaType, "The content type '%s' is not supported. Send application/json.", ct)
	}
	data, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, fault.New(fault.RequestTooLarge, "The body is larger than %d bytes.", tooLarge.Limit)
	}
	if err != nil {
		return nil, fault.New(fault.InvalidRequestContent, "The body could not be read to its end.").Because(err)
	}
	return Parse(data, present)
}

// Parse a JSON object.
func Parse(data []byte, present any) (*Object, error) {
	if deeper(data, maxDepth) {
		return nil, malformed("it is nested too deeply")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return nil, malformed(err.Error())
	}
	if fields == nil {
		return nil, malformed("it is null")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("something follows the JSON object")
	}
	have, err := tree(present)
	if err != nil {
		return nil, err
	}
	return newObject("", fields, have, &[]*fault.Error{}), nil
}

func malformed(why string) error {
	return fault.New(fault.InvalidRequestContent, "The request content was invalid and could not be deserialized: %s. "+
		"Send a JSON object.", why)
}

func deeper(data []byte, limit int) bool {
	depth, inString, escaped := 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// tree is a value as its JSON reads.
func tree(v any) (map[string]any, error) {
	if v == nil {
		return nil, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var t map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return t, decoder.Decode(&t)
}
