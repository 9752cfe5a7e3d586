package v1alpha1

// StoreState is how full a cluster's etcd is.
type StoreState struct {
	// SizeBytes of its file. Where the file would grow beyond QuotaBytes, etcd refuses writes.
	SizeBytes int64 `json:"sizeBytes"`
	// UsedBytes of the file hold data and recent history; defragmentation frees the rest.
	UsedBytes  int64 `json:"usedBytes"`
	QuotaBytes int64 `json:"quotaBytes"`
	// Full means that etcd refuses writes until space is freed.
	// +optional
	Full bool `json:"full,omitempty"`
	// Trouble is the error of the last check, or of the last attempt to free space.
	// +optional
	Trouble string `json:"trouble,omitempty"`
}
