//go:build !kubernetes1.35 && !kubernetes1.36

package apiserver

import (
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// nameInformers gives the informers the name that their metrics have, as app.Run does.
func nameInformers(o options.CompletedOptions) error {
	if o.InformerName != nil {
		return nil
	}
	name, err := cache.NewInformerName("kube-apiserver")
	if err != nil {
		return err
	}
	o.InformerName = name
	return nil
}
