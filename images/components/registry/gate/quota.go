package gate

import (
	"fmt"
	"net/http"
	"strconv"

	"lotse.dev/images/components/registry/store"
)

// Headers of the front door: what the subscription of a push may store.
const (
	QuotaBytes        = "Lotse-Quota-Bytes"
	QuotaRepositories = "Lotse-Quota-Repositories"
)

// Limits that are the same for all subscriptions.
const (
	// MaxBlob in bytes.
	MaxBlob = 8 << 30
	// MaxManifest in bytes, upstream's.
	MaxManifest = 4 << 20
	// MaxUploads of a subscription that have begun and not ended.
	MaxUploads = 100
	// leastFree share of the volume's file system. Below it the host itself is in trouble soon.
	leastFree = 0.05
)

type quota struct {
	bytes        int64
	repositories int
}

// quotaOf a request; false if it has none.
func quotaOf(r *http.Request) (quota, bool) {
	bytes, err := strconv.ParseInt(r.Header.Get(QuotaBytes), 10, 64)
	repositories, failed := strconv.Atoi(r.Header.Get(QuotaRepositories))
	return quota{bytes, repositories}, err == nil && failed == nil
}

// refusal of a push.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) write(w http.ResponseWriter) { refuse(w, r.status, r.code, r.message) }

// push is what a decision about a push is made from.
type push struct {
	used   store.Usage
	quota  quota
	length int64 // of the body; -1 if not known
	// known repository, and whether the push begins an upload.
	known, begins bool
	free          float64
}

// decide whether a push may begin. Nil lets it.
func (p push) decide() *refusal {
	denied := func(format string, arguments ...any) *refusal {
		return &refusal{http.StatusForbidden, "DENIED", fmt.Sprintf(format, arguments...)}
	}
	switch {
	case p.free < leastFree:
		return &refusal{http.StatusServiceUnavailable, "UNAVAILABLE",
			"The registry's volume is nearly full. Ask the operator of this service to free space on it, then push again."}
	case p.length > MaxBlob:
		return tooLarge()
	case !p.known && p.used.Repositories >= p.quota.repositories:
		return denied("The quota of %d repositories of this subscription is used up. Delete the images of one, or ask the operator of this "+
			"service for more.", p.quota.repositories)
	case p.begins && p.used.Uploads >= MaxUploads:
		return &refusal{http.StatusTooManyRequests, "TOOMANYREQUESTS", fmt.Sprintf("This subscription has %d uploads that have not ended. "+
			"End or cancel some; what is abandoned is removed after a day.", p.used.Uploads)}
	case p.used.Bytes+max(p.length, 1) > p.quota.bytes:
		return overQuota(p.quota)
	}
	return nil
}

func tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, "SIZE_INVALID", fmt.Sprintf("A blob has at most %d GiB.", MaxBlob>>30)}
}

func overQuota(q quota) *refusal {
	return &refusal{http.StatusForbidden, "DENIED", fmt.Sprintf("The quota of %.1f GiB of this subscription's images would be exceeded. "+
		"Delete images, also those without a tag (lotse image list NAME), whose space is free within two hours, or ask the operator of this service for more.", float64(q.bytes)/(1<<30))}
}
