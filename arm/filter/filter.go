// Package filter reads the part of OData's $filter that ARM clients send to lists: comparisons of a field with a string, joined by "and".
package filter

import (
	"strings"

	"lotse.dev/arm/fault"
)

// Term is one comparison. Field is lower case.
type Term struct {
	Field string
	Equal bool
	Value string
}

// Filter is terms that must all hold; an empty one holds always.
type Filter []Term

// Parse reads a filter whose fields must be among those given.
func Parse(s string, fields ...string) (Filter, error) {
	var f Filter
	rest := strings.TrimSpace(s)
	for rest != "" {
		term, after, ok := parseTerm(rest)
		if !ok || !known(term.Field, fields) {
			return nil, fault.New(fault.InvalidFilter, "The filter '%s' is not understood. Supported are comparisons such as %s eq 'value', "+
				"joined by 'and', of: %s.", s, fields[0], strings.Join(fields, ", ")).At("$filter")
		}
		f = append(f, term)
		rest = after
	}
	return f, nil
}

func known(field string, fields []string) bool {
	for _, f := range fields {
		if strings.EqualFold(f, field) {
			return true
		}
	}
	return false
}

// parseTerm reads a comparison and the "and" after it, if more follows.
func parseTerm(s string) (term Term, rest string, ok bool) {
	field, rest, _ := strings.Cut(s, " ")
	operator, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	value, rest, ok := quoted(strings.TrimSpace(rest))
	if !ok || (!strings.EqualFold(operator, "eq") && !strings.EqualFold(operator, "ne")) {
		return Term{}, "", false
	}
	term = Term{Field: strings.ToLower(field), Equal: strings.EqualFold(operator, "eq"), Value: value}
	if rest = strings.TrimSpace(rest); rest == "" {
		return term, "", true
	}
	joiner, rest, more := strings.Cut(rest, " ")
	return term, strings.TrimSpace(rest), more && strings.EqualFold(joiner, "and") && strings.TrimSpace(rest) != ""
}

// quoted reads a string in single quotes, in which a quote is doubled.
func quoted(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, "'") {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), s[i+1:], true
		}
	}
	return "", "", false
}

// Holds reports whether all terms hold. fields gives a field's value; tags are asked by tagName and tagValue, which belong together.
func (f Filter) Holds(fields map[string]string, tags map[string]string) bool {
	for _, t := range f {
		if !f.holds(t, fields, tags) {
			return false
		}
	}
	return true
}

func (f Filter) holds(t Term, fields, tags map[string]string) bool {
	switch t.Field {
	case "tagname":
		_, has := tag(tags, t.Value)
		return has == t.Equal
	case "tagvalue":
		value, has := tag(tags, f.value("tagname"))
		return (has && value == t.Value) == t.Equal
	}
	return strings.EqualFold(fields[t.Field], t.Value) == t.Equal
}

func (f Filter) value(field string) string {
	for _, t := range f {
		if t.Field == field {
			return t.Value
		}
	}
	return ""
}

func tag(tags map[string]string, name string) (string, bool) {
	for key, value := range tags {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return "", false
}
