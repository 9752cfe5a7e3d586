// Package etag is optimistic concurrency over HTTP: an entity tag is a hash of what must not have changed, and a write's conditions are
// checked against it by AKS's rules.
package etag

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	"lotse.dev/arm/fault"
)

// Of the parts that a resource's state consists of. It looks like a GUID, as AKS's do.
func Of(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprintln(parts...)))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// Check the conditions of a write against the resource's present tag, which is empty if there is no resource.
func Check(h http.Header, present string) error {
	match, noneMatch := h.Values("If-Match"), h.Values("If-None-Match")
	if len(match) > 0 && len(noneMatch) > 0 {
		return fault.New(fault.BadRequest, "If-Match and If-None-Match cannot be combined. Send one of them.")
	}
	if len(match) > 0 {
		return checkMatch(match, present)
	}
	if len(noneMatch) > 0 {
		return checkNoneMatch(noneMatch, present)
	}
	return nil
}

func checkMatch(values []string, present string) error {
	want, err := parse("If-Match", values)
	switch {
	case err != nil:
		return err
	case present == "":
		return fault.New(fault.PreconditionFailed, "The If-Match condition failed: the resource does not exist.")
	case want != "*" && !strings.EqualFold(want, present):
		return fault.New(fault.PreconditionFailed, "The If-Match condition failed: the resource has changed since the etag %s was read; "+
			"its present etag is %s. Read the resource again and repeat the change.", want, present)
	}
	return nil
}

func checkNoneMatch(values []string, present string) error {
	tag, err := parse("If-None-Match", values)
	switch {
	case err != nil:
		return err
	case tag != "*":
		return fault.New(fault.BadRequest, "If-None-Match of a write must be *.")
	case present != "":
		return fault.New(fault.PreconditionFailed, "The If-None-Match condition failed: the resource exists already.")
	}
	return nil
}

// parse one tag, quoted as HTTP wants it or bare as the property eTag shows it.
func parse(header string, values []string) (string, error) {
	tag := strings.TrimSpace(values[0])
	tag = strings.TrimPrefix(tag, "W/")
	if len(tag) >= 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		tag = tag[1 : len(tag)-1]
	}
	if len(values) > 1 || tag == "" || strings.ContainsAny(tag, "\", \t") {
		return "", fault.New(fault.BadRequest, "The header %s must hold one etag, or *.", header)
	}
	return tag, nil
}

// Set the answer's header.
func Set(h http.Header, tag string) {
	if tag != "" {
		h.Set("ETag", `"`+tag+`"`)
	}
}
