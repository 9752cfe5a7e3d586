// Package auditing shows the audit log: all of it to callers who may read at "/", and a subscription's part to those who may read the subscription.
package auditing

import (
	"net/http"
	"strconv"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/audit"
)

const (
	since   = "2026-11-01"
	kind    = "Lotse.Audit/records"
	records = "/providers/" + kind
	// Records of one answer: at most, and by default.
	maxRecords, defaultRecords = 10_000, 1000
)

// reads of one caller: each may look through much of the log.
var reads = middleware.Rate{PerSecond: 1, Burst: 30}

// Auditing serves the routes of this package.
type Auditing struct {
	log   *audit.Log
	clock clock.PassiveClock
}

// New auditing.
func New(log *audit.Log, now clock.PassiveClock) *Auditing { return &Auditing{log, now} }

// Routes of Lotse.Audit.
func (a *Auditing) Routes() route.Table {
	list := middleware.Rated(reads, a.clock)(a.list)
	return route.Table{
		{Method: http.MethodGet, Pattern: records, Action: kind + "/read", Since: since, Handle: list},
		{Method: http.MethodGet, Pattern: "/subscriptions/{subscription}" + records, Action: kind + "/read", Since: since, Handle: list},
	}
}

// list the newest records that match the parameters, the oldest first.
func (a *Auditing) list(w http.ResponseWriter, r *route.Request) error {
	q, err := query(r.Request)
	if err != nil {
		return err
	}
	if id := r.SubscriptionID(); id != "" {
		q.Resource = "/subscriptions/" + id
	}
	found, err := a.log.Read(q)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, paging.List[audit.Record]{Value: append([]audit.Record{}, found...)})
}

func query(r *http.Request) (audit.Query, error) {
	q := audit.Query{Principal: route.Query(r, "principal"), Resource: route.Query(r, "resource"), Last: defaultRecords}
	for name, at := range map[string]*time.Time{"since": &q.Since, "until": &q.Until} {
		text := route.Query(r, name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return q, fault.New(fault.InvalidParameter, "%s '%s' is no time, such as 2026-11-23T09:00:00Z.", name, text).At(name)
		}
		*at = t
	}
	if top := route.Query(r, "$top"); top != "" {
		n, err := strconv.Atoi(top)
		if err != nil || n < 1 || n > maxRecords {
			return q, fault.New(fault.InvalidParameter, "$top must be a number from 1 to %d.", maxRecords).At("$top")
		}
		q.Last = n
	}
	return q, nil
}
