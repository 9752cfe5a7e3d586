package controllermanager

import (
	"context"
	"fmt"
	"time"

	apiextensionsscheme "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/scheme"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	cacheddiscovery "k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/clientbuilder"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
	"k8s.io/kubernetes/pkg/controller/validatingadmissionpolicystatus"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// policyStatus is the controller that is still to start, and the flags that it needs.
type policyStatus struct {
	kubeconfig string
	ownAccount bool
	workers    int32
}

// retryEvery is how long a look for policies that failed is not repeated; a watch lasts for minutes.
const retryEvery = 5 * time.Second

func (p *policyStatus) run(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", p.kubeconfig)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(rest.AddUserAgent(config, names.ValidatingAdmissionPolicyStatusController))
	if err != nil {
		return err
	}
	err = wait.PollUntilContextCancel(ctx, retryEvery, true, func(ctx context.Context) (bool, error) { return exists(ctx, client), nil })
	if err != nil {
		return nil // the program ends
	}
	klog.InfoS("There is a ValidatingAdmissionPolicy, so the controller of their status starts")
	return p.control(ctx, config, client)
}

// exists waits for the first policy. It returns false when a watch has ended without one.
func exists(ctx context.Context, client kubernetes.Interface) bool {
	policies := client.AdmissionregistrationV1().ValidatingAdmissionPolicies()
	found, err := policies.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil || len(found.Items) > 0 {
		return err == nil
	}
	events, err := policies.Watch(ctx, metav1.ListOptions{ResourceVersion: found.ResourceVersion})
	if err != nil {
		return false
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if event.Type == watch.Added {
			return true
		}
	}
	return false
}

// control is what upstream's constructor of this controller makes, with an informer of its own.
func (p *policyStatus) control(ctx context.Context, config *rest.Config, root kubernetes.Interface) error {
	const name = names.ValidatingAdmissionPolicyStatusController
	var builder clientbuilder.ControllerClientBuilder = clientbuilder.SimpleControllerClientBuilder{ClientConfig: config}
	if p.ownAccount {
		builder = clientbuilder.NewDynamicClientBuilder(rest.AnonymousClientConfig(config), root.CoreV1(), metav1.NamespaceSystem)
	}
	discovery, err := builder.DiscoveryClient(name)
	if err != nil {
		return err
	}
	client, err := builder.Client(name)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cacheddiscovery.NewMemCacheClient(discovery))
	go wait.Until(mapper.Reset, 30*time.Second, ctx.Done()) // kinds may come and go
	schemas := resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme.Scheme, apiextensionsscheme.Scheme).
		Combine(&resolver.ClientDiscoveryResolver{Discovery: discovery})
	factory := informers.NewSharedInformerFactory(root, 0)
	controller, err := validatingadmissionpolicystatus.NewController(
		factory.Admissionregistration().V1().ValidatingAdmissionPolicies(), client.AdmissionregistrationV1().ValidatingAdmissionPolicies(),
		&validating.TypeChecker{SchemaResolver: schemas, RestMapper: mapper},
	)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	controller.Run(ctx, int(p.workers))
	return nil
}
