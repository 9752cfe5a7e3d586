//go:build kubernetes1.35 || kubernetes1.36

package apiserver

import "k8s.io/kubernetes/cmd/kube-apiserver/app/options"

// nameInformers does nothing: informers have names since Kubernetes 1.37.
func nameInformers(options.CompletedOptions) error { return nil }
