package route

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse.dev/arm/fault"
)

// maxURL is longer than any that ARM's clients send; IDs have at most 1024 characters, and a $filter or a $skipToken comes on top.
const maxURL = 8 << 10

// once are the parameters that a request can have only once: two values would be ambiguous.
var once = []string{"api-version", "$filter", "$top", "$skiptoken"}

// CheckURL refuses URLs that two parsers could read differently: a segment with a hidden slash or '..', invalid UTF-8, a query that a parser
// would cut off.
func CheckURL(r *http.Request) error {
	if len(r.RequestURI) > maxURL || len(r.URL.Path) > maxURL {
		return fault.New(fault.URLTooLong, "The URL has more than %d bytes. Shorten it.", maxURL)
	}
	for _, s := range Split(r.URL.EscapedPath()) {
		if plain, err := url.PathUnescape(s); err != nil || !validSegment(plain) {
			return fault.New(fault.InvalidURL, "The path segment '%s' is not valid: a segment is UTF-8 without slashes, control characters, "+
				"'.' and '..', also when escaped.", strings.ToValidUTF8(s, "?"))
		}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.InvalidURL, "The query string is not valid: %v.", err)
	}
	return checkQuery(query)
}

func validSegment(segment string) bool {
	hidden := func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }
	return utf8.ValidString(segment) && segment != "." && segment != ".." && !strings.ContainsFunc(segment, hidden)
}

func checkQuery(query url.Values) error {
	seen := map[string]bool{}
	for name, values := range query {
		lower := strings.ToLower(name)
		if slices.Contains(once, lower) && (seen[lower] || len(values) > 1) {
			return fault.New(fault.InvalidURL, "The query parameter '%s' was sent more than once. Send it once.", lower).At(lower)
		}
		seen[lower] = true
		if slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return fault.New(fault.InvalidURL, "The query parameter '%s' is not UTF-8.", strings.ToValidUTF8(name, "?")).At(lower)
		}
	}
	return nil
}
