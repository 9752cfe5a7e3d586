package host

import (
	"errors"
	"fmt"
	"os"
	"time"

	"lotse.dev/pki"
)

// Expiry is when the management cluster's certificates end.
type Expiry struct {
	// First is the certificate that ends first, and NotAfter when that is.
	First    string    `json:"first"`
	NotAfter time.Time `json:"notAfter"`
	// AuthoritiesNotAfter is when the first of the authorities ends. Nothing replaces those.
	AuthoritiesNotAfter time.Time `json:"authoritiesNotAfter"`
}

// How long before its end a certificate should have been renewed long since, and an authority's end is to be heard of.
const (
	overdue      = 90 * 24 * time.Hour
	authorityDue = pki.Year
)

// Valid reports whether none of them has ended.
func (e Expiry) Valid(now time.Time) bool {
	return now.Before(e.NotAfter) && now.Before(e.AuthoritiesNotAfter)
}

// Note says when the first ends, and what has to be done about it.
func (e Expiry) Note(now time.Time) string {
	end, authorities := e.NotAfter.Format(time.DateOnly), e.AuthoritiesNotAfter.Format(time.DateOnly)
	switch {
	case !now.Before(e.AuthoritiesNotAfter.Add(-authorityDue)):
		return fmt.Sprintf("the authorities end on %s, and nothing replaces them: move what is on this host to a new installation before", authorities)
	case !now.Before(e.NotAfter.Add(-overdue)):
		return fmt.Sprintf("%s ends on %s and was to be renewed: process renewal has its log in %s/log; `lotse up` renews it too", e.First, end, DefaultData)
	}
	return fmt.Sprintf("the first ends on %s, and is renewed before", end)
}

// Expires reads when the certificates end; nil if there are none on this host, or the caller may not read them.
func Expires(d Data) (*Expiry, error) {
	store, e := pki.Store{Dir: d.PKI()}, &Expiry{}
	for _, c := range certificates() {
		leaf, err := endOf(store.CertFile(c.name))
		if err != nil || leaf.IsZero() {
			return nil, err
		}
		authority, err := endOf(store.CertFile(c.authority))
		if err != nil || authority.IsZero() {
			return nil, err
		}
		if e.First == "" || leaf.Before(e.NotAfter) {
			e.First, e.NotAfter = c.name, leaf
		}
		if e.AuthoritiesNotAfter.IsZero() || authority.Before(e.AuthoritiesNotAfter) {
			e.AuthoritiesNotAfter = authority
		}
	}
	return e, nil
}

// endOf a certificate; zero if there is none that may be read.
func endOf(file string) (time.Time, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return pki.NotAfter(content)
}
