package v1alpha1

// StoreState is how full a cluster's etcd is.
type StoreState struct {
	// SizeBytes of its file. Where the file would grow beyond QuotaBytes, etcd refuses writes.
	SizeBytes int64 `json:"sizeBytes"`
	// UsedBytes of the file hold data and recent history; the rest can be given back.
	UsedBytes  int64 `json:"usedBytes"`
	QuotaBytes int64 `json:"quotaBytes"`
	// Full means that etcd refuses writes until room has been made.
	// +optional
	Full bool `json:"full,omitempty"`
	// Trouble that the service met when it looked last, or when it tried to make room.
	// +optional
	Trouble string `json:"trouble,omitempty"`
}
