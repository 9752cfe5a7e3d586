package pki

import (
	"maps"
	"strconv"
	"time"
)

// NotAfter is when a certificate in PEM ends: the first one, if others follow.
func NotAfter(certificate []byte) (time.Time, error) {
	parsed, err := parseCertificate(certificate)
	if err != nil {
		return time.Time{}, err
	}
	return parsed.NotAfter, nil
}

// AuthoritiesNotAfter is when the first of the authorities that sign by a pki Secret ends; zero if there is none that can be read.
func AuthoritiesNotAfter(data map[string][]byte) (first time.Time) {
	for _, name := range authorities {
		if end, err := NotAfter(data[name+".crt"]); err == nil && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// Expired reports whether an authority of a pki Secret has ended, and with it everything that it signed.
func Expired(data map[string][]byte, now time.Time) bool {
	first := AuthoritiesNotAfter(data)
	return !first.IsZero() && !now.Before(first)
}

// withoutExpired removes the authorities if one of them has ended, so that new ones are made. Nobody is locked out by that: what they signed is
// refused already. Keys that do not end stay. It counts as a rotation of which only the end is left: nodes get the new authorities by that.
func withoutExpired(data map[string][]byte, now time.Time) map[string][]byte {
	if !Expired(data, now) {
		return data
	}
	left := EndRotation(data)
	for _, name := range authorities {
		maps.DeleteFunc(left, func(key string, _ []byte) bool {
			return key == name+".crt" || key == name+".key" || key == name+chainSuffix
		})
	}
	left[rotationsKey] = strconv.AppendInt(nil, Rotations(data)+1, 10)
	return left
}
