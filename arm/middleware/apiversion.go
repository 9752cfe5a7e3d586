package middleware

import (
	"net/http"
	"regexp"
	"time"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

var apiVersion = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(-(preview|alpha|beta|privatepreview))?$`)

// APIVersion checks that a request names an api-version that the route supports. All versions from the route's oldest one on are supported:
// bodies are merged and answers are supersets, so one model serves them all.
func APIVersion(location string) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Since == "" {
				return next(w, r)
			}
			if err := checkVersion(r, location); err != nil {
				return err
			}
			return next(w, r)
		}
	}
}

func checkVersion(r *route.Request, location string) error {
	asked := r.APIVersion()
	if asked == "" {
		return fault.New(fault.MissingAPIVersion, "The api-version query parameter (?api-version=) is required for all requests.")
	}
	parts := apiVersion.FindStringSubmatch(asked)
	if parts == nil || !day(parts[1]) {
		return fault.New(fault.InvalidAPIVersion, "The api-version '%s' is invalid. The supported versions are '%s' and later, "+
			"written as yyyy-mm-dd.", asked, r.Since)
	}
	if parts[1] < r.Since {
		provider, kind := r.ResourceType()
		return fault.New(fault.NoRegisteredProvider, "No registered resource provider found for location '%s' and API version '%s' for type "+
			"'%s' of namespace '%s'. The supported api-versions are '%s' and later. The supported locations are '%s'.",
			location, asked, kind, provider, r.Since, location)
	}
	return nil
}

// day reports whether a date exists.
func day(date string) bool {
	_, err := time.Parse(time.DateOnly, date)
	return err == nil
}
