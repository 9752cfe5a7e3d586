// Package controllermanager is kube-controller-manager with one difference: the controller that checks the expressions of ValidatingAdmissionPolicies
// starts with the first policy. It keeps the schemas of all built-in APIs, two fifths of the controller manager's heap, and few clusters have a policy.
package controllermanager

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/sets"
	controllermanager "k8s.io/controller-manager/app"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
)

// NewCommand is upstream's command.
func NewCommand() *cobra.Command {
	cmd := app.NewControllerManagerCommand()
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		later, err := postpone(cmd.Flags())
		if err != nil {
			return err
		}
		if later != nil {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				if err := later.run(ctx); err != nil {
					klog.ErrorS(err, "Starting a controller", "controller", names.ValidatingAdmissionPolicyStatusController)
					klog.FlushAndExit(klog.ExitFlushTimeout, 1)
				}
			}()
		}
		return run(cmd, args)
	}
	return cmd
}

// postpone takes the controller off the flags' list if it is on it. With an election the controller may only run while this process leads, which
// is upstream's to see to, as is a connection that is described by flags.
func postpone(flags *pflag.FlagSet) (*policyStatus, error) {
	controllers, ok := flags.Lookup("controllers").Value.(pflag.SliceValue)
	elects, err := flags.GetBool("leader-elect")
	if err != nil || elects || !ok {
		return nil, err
	}
	const name = names.ValidatingAdmissionPolicyStatusController
	if !controllermanager.IsControllerEnabled(name, sets.NewString(app.ControllersDisabledByDefault()...), controllers.GetSlice()) {
		return nil, nil
	}
	later := &policyStatus{}
	if later.kubeconfig, err = flags.GetString("kubeconfig"); err != nil || later.kubeconfig == "" {
		return nil, err
	}
	if later.ownAccount, err = flags.GetBool("use-service-account-credentials"); err != nil {
		return nil, err
	}
	if later.workers, err = flags.GetInt32("concurrent-validating-admission-policy-status-syncs"); err != nil {
		return nil, err
	}
	return later, controllers.Replace(append([]string{"-" + name}, controllers.GetSlice()...))
}
