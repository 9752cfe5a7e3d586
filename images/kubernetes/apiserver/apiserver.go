// Package apiserver is kube-apiserver as upstream's cmd/kube-apiserver puts it together, with a start that is shorter and leaves less behind:
// packages openapi, bootstrap and seed say how.
package apiserver

import (
	"context"
	"fmt"

	genericapiserver "k8s.io/apiserver/pkg/server"
	basecompatibility "k8s.io/component-base/compatibility"
	utilversion "k8s.io/component-base/version"
	"k8s.io/klog/v2"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"

	"lotse.dev/images/kubernetes/bootstrap"
	"lotse.dev/images/kubernetes/openapi"
	"lotse.dev/images/kubernetes/seed"
)

// run is app.Run with our steps between its own.
func run(ctx context.Context, o options.CompletedOptions) error {
	klog.Infof("Version: %+v", utilversion.Get())
	if err := nameInformers(o); err != nil {
		return err
	}
	config, err := app.NewConfig(o)
	if err != nil {
		return err
	}
	documents := openapi.Configure(config.KubeAPIs.ControlPlane.Generic, &config.Aggregator.GenericConfig.Config, basis(o))
	seed.Store(ctx, config.KubeAPIs)
	server, err := chain(config, documents)
	if err != nil {
		return err
	}
	prepared, err := server.PrepareRun()
	if err != nil {
		return err
	}
	documents.Forget()
	return prepared.Run(ctx)
}

// chain makes the three servers: for aggregated APIs, behind it for the built-in ones, behind that for custom resources.
func chain(config *app.Config, documents *openapi.Lazy) (*aggregator.APIAggregator, error) {
	hooks := bootstrap.Replace(config.KubeAPIs.ControlPlane.Generic)
	completed, err := config.Complete()
	if err != nil {
		return nil, err
	}
	server, err := app.CreateServerChain(completed)
	if err != nil {
		return nil, err
	}
	next, ok := server.GenericAPIServer.NextDelegate().(*genericapiserver.GenericAPIServer)
	if !ok {
		return nil, fmt.Errorf("behind the aggregating API server is %T", server.GenericAPIServer.NextDelegate())
	}
	documents.Install(next)
	return server, hooks.Install(server.GenericAPIServer)
}

// basis is what decides of the documents of the built-in APIs besides their routes.
func basis(o options.CompletedOptions) string {
	registry := o.GenericServerRunOptions.ComponentGlobalsRegistry
	gates := registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	version := registry.EffectiveVersionFor(basecompatibility.DefaultKubeComponent)
	return fmt.Sprintf("%s %s %v", utilversion.Get().GitVersion, version, gates)
}
