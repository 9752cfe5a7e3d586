package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"unicode/utf8"

	"lotse.dev/arm/fault"
)

// MaxBytes of a body, ARM's.
const MaxBytes = 4 << 20

// maxDepth keeps a body of brackets from becoming a deep recursion.
const maxDepth = 64

// Read the JSON object in a request's body. present is the resource's present answer, or nil; anything that marshals to JSON.
func Read(r *http.Request, present any) (*Object, error) {
	if err := checkType(r.Header); err != nil {
		return nil, err
	}
	data, err := Bytes(r)
	if err != nil {
		return nil, err
	}
	return Parse(data, present)
}

// Bytes of a request's body, all of them.
func Bytes(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	switch tooLarge := new(http.MaxBytesError); {
	case errors.As(err, &tooLarge):
		return nil, fault.New(fault.RequestTooLarge, "The body is larger than %d bytes.", tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fault.New(fault.RequestTimeout, "The body did not come to its end in time. Repeat the request.").Because(err)
	case err != nil:
		return nil, fault.New(fault.InvalidRequestContent, "The body could not be read to its end.").Because(err)
	}
	return data, nil
}

// checkType refuses what is not plain JSON in UTF-8. A client that says nothing means that.
func checkType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.New(fault.UnsupportedMediaType, "The content encoding '%s' is not supported. Send the body uncompressed.", encoding)
	}
	sent := h.Get("Content-Type")
	if sent == "" {
		return nil
	}
	media, parameters, err := mime.ParseMediaType(sent)
	isJSON := media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
	charset := parameters["charset"]
	if err != nil || !isJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return fault.New(fault.UnsupportedMediaType, "The content type '%s' is not supported. Send application/json in UTF-8.", sent)
	}
	return nil
}

// mark that some systems put before UTF-8.
var mark = []byte("\ufeff")

// Parse a JSON object.
func Parse(data []byte, present any) (*Object, error) {
	data = bytes.TrimPrefix(data, mark)
	switch {
	case !utf8.Valid(data):
		return nil, malformed("it is not UTF-8")
	case deeper(data, maxDepth):
		return nil, malformed("it is nested too deeply")
	}
	fields, err := object(bytes.NewReader(data))
	if err != nil {
		return nil, malformed(err.Error())
	}
	have, err := tree(present)
	if err != nil {
		return nil, err
	}
	return newObject("", fields, have, &faults{}), nil
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
