package store

import (
	"fmt"

	"lotse.dev/api/v1alpha1"
)

// FillingUp reports whether data takes so much of the quota that the customer should know.
func FillingUp(s v1alpha1.StoreState) bool { return share(s.UsedBytes, s.QuotaBytes) >= lowSpace }

// Message about a store that is full or filling up; "" while there is space. The customer reads it.
func Message(s v1alpha1.StoreState) string {
	switch {
	case s.Full && FillingUp(s):
		return fmt.Sprintf("full: its data takes %s of %s, so it refuses writes. Delete objects; that still works. Below %s writes are let in again",
			mebibytes(s.UsedBytes), mebibytes(s.QuotaBytes), mebibytes(s.QuotaBytes*lowSpace/100))
	case s.Full && s.Trouble != "":
		return fmt.Sprintf("full: its file takes %s of %s, so it refuses writes. The service could not free space and tries again: %s",
			mebibytes(s.SizeBytes), mebibytes(s.QuotaBytes), s.Trouble)
	case s.Full:
		return fmt.Sprintf("full: its file takes %s of %s, so it refuses writes. The service is freeing space",
			mebibytes(s.SizeBytes), mebibytes(s.QuotaBytes))
	case FillingUp(s):
		return fmt.Sprintf("filling up: its data takes %s of %s, and at the end of that it refuses writes. Delete objects that are not needed",
			mebibytes(s.UsedBytes), mebibytes(s.QuotaBytes))
	}
	return ""
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
