// Package bootstrap runs the post-start hooks at once that upstream runs after a second: both sleep before their first try, and /readyz, and with
// it the controller manager, waits for them. What they write is upstream's.
package bootstrap

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
)

const (
	tryEvery = 50 * time.Millisecond
	// giveUp ends the API server, as upstream's hooks do.
	giveUp = 30 * time.Second
)

// hooks by upstream's names, which are those of their checks in /readyz.
var hooks = map[string]func(context.Context, kubernetes.Interface) (done bool, err error){
	rbacrest.PostStartHookName:       ensureRoles,
	schedulingrest.PostStartHookName: ensurePriorityClasses,
}

// Hooks take the place of upstream's.
type Hooks struct {
	config   *genericapiserver.Config
	replaced []string
}

// Replace keeps upstream's hooks from being added to any server of the configuration, except those that are switched off anyhow.
func Replace(config *genericapiserver.Config) *Hooks {
	h := &Hooks{config: config}
	for name := range hooks {
		if !config.DisabledPostStartHooks.Has(name) {
			config.DisabledPostStartHooks.Insert(name)
			h.replaced = append(h.replaced, name)
		}
	}
	return h
}

// Install adds the hooks to the server that is to run, when the servers behind it have been made.
func (h *Hooks) Install(server *genericapiserver.GenericAPIServer) error {
	h.config.DisabledPostStartHooks.Delete(h.replaced...)
	for _, name := range h.replaced {
		if err := server.AddPostStartHook(name, hook(hooks[name])); err != nil {
			return err
		}
	}
	return nil
}

func hook(ensure func(context.Context, kubernetes.Interface) (bool, error)) genericapiserver.PostStartHookFunc {
	return func(c genericapiserver.PostStartHookContext) error {
		client, err := kubernetes.NewForConfig(c.LoopbackClientConfig)
		if err != nil {
			return err
		}
		return wait.PollUntilContextTimeout(c, tryEvery, giveUp, true, func(ctx context.Context) (bool, error) {
			return ensure(ctx, client)
		})
	}
}
