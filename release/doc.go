// Package release is the catalogue of Kubernetes versions: which can be asked for, what a request for one means, and where each can go
// from here. It decides over Release objects and reads nothing itself.
package release
