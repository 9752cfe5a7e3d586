package containerservice

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/personal"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
	"lotse.dev/command"
	"lotse.dev/pki"
)

// Commands runs commands in hosted clusters. Its errors are those of package command.
type Commands interface {
	Start(context.Context, *v1alpha1.ManagedCluster, command.Request) error
	Result(context.Context, *v1alpha1.ManagedCluster, string) (command.Result, error)
}

// retryCommand is when a request may be repeated that met too many commands.
const retryCommand = 10 * time.Second

// runCommand starts a command in the cluster, with the caller's own rights there. Its Location leads to the result.
func (p *Provider) runCommand(w http.ResponseWriter, r *route.Request) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	o, err := body.Read(r.Request, nil)
	if err != nil {
		return err
	}
	asked, err := request.DecodeCommand(o)
	if err != nil {
		return err
	}
	c := present.Object
	var machines v1alpha1.MachineList
	if err := p.client.List(r.Context(), &machines, client.InNamespace(c.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: c.Name}); err != nil {
		return err
	}
	if err := admission.Command(present, machines.Items); err != nil {
		return err
	}
	run, err := p.commandRequest(r, c, asked)
	if err != nil {
		return err
	}
	// An error whose effect is not known is no 5xx: clients would repeat the request, and the command might run twice.
	if err := p.commands.Start(r.Context(), c, run); err != nil {
		return commandFault(r, c, err, fault.New(fault.OperationNotAllowed, "The API server of managed cluster '%s' does not answer. Look at the cluster's health "+
			"(lotseProfile.components). The command may have begun: repeat the request only if it may run twice.", c.Spec.Name))
	}
	resultHeaders(w.Header(), r, c, run.ID)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// commandRequest issues the certificates of a command: the caller's, and the one that its result is written with.
func (p *Provider) commandRequest(r *route.Request, c *v1alpha1.ManagedCluster, asked request.Command) (command.Request, error) {
	authority, trust, err := p.authority(r, c)
	if err != nil {
		return command.Request{}, err
	}
	run := command.Request{ID: command.NewID(), Principal: r.Caller.Principal, Line: asked.Line, Files: asked.Files, Authority: trust}
	leaf := personal.Command.Leaf(r.Caller, r.May(clusterActions+adminAction, c.ID()))
	if run.Caller, err = authority.Issue(leaf, p.real.Now()); err != nil {
		return run, err
	}
	reporter := pki.Leaf{CommonName: command.ReporterName(run.ID), Client: true, Life: command.CredentialLife}
	run.Reporter, err = authority.Issue(reporter, p.real.Now())
	return run, err
}

// commandResult answers 202 until the command has ended, and then with its result. It is for whoever asked for the command, and for those who could read it in
// the cluster anyway; for others there is no such command.
func (p *Provider) commandResult(w http.ResponseWriter, r *route.Request) error {
	present, err := p.existing(r)
	if err != nil {
		return err
	}
	c, id := present.Object, r.Param("command")
	if err := admission.Reachable(present); err != nil {
		return err
	}
	if !command.IsID(id) {
		return commandFault(r, c, command.ErrNotFound, nil)
	}
	result, err := p.commands.Result(r.Context(), c, id)
	if err != nil {
		return commandFault(r, c, err, fault.New(fault.ServiceUnavailable, "The API server of managed cluster '%s' does not answer. Look at the cluster's health "+
			"(lotseProfile.components), and repeat the request later.", c.Spec.Name))
	}
	if result.Principal != r.Caller.Principal && !r.May(clusterActions+adminAction, c.ID()) {
		return commandFault(r, c, command.ErrNotFound, nil)
	}
	w.Header().Set("Cache-Control", "no-store")
	answer := wire.CommandResultOf(result)
	if !result.Done {
		resultHeaders(w.Header(), r, c, id)
		return route.JSON(w, http.StatusAccepted, answer)
	}
	r.Ended = &route.Ended{ExitCode: answer.Properties.ExitCode}
	return route.JSON(w, http.StatusOK, answer)
}

func resultHeaders(h http.Header, r *route.Request, c *v1alpha1.ManagedCluster, id string) {
	h.Set("Location", r.Base()+c.ID()+"/commandResults/"+id+"?api-version="+url.QueryEscape(r.APIVersion()))
	h.Set("Retry-After", operation.PollAfter)
}

// commandFault is the answer to an error of Commands; unknown is that to one whose meaning is not known.
func commandFault(r *route.Request, c *v1alpha1.ManagedCluster, err error, unknown *fault.Error) error {
	name, refused, notStarted := c.Spec.Name, (*command.RefusedError)(nil), (*command.NotStartedError)(nil)
	switch {
	case errors.Is(err, command.ErrNotFound):
		return inventory.NotFound(wire.ClusterType+"/"+name+"/commandResults/"+r.Param("command"), r.Param("group"))
	case errors.Is(err, command.ErrBusy):
		return fault.New(fault.OperationNotAllowed, "The command was not started: %d commands run in managed cluster '%s' already. Repeat the request when one has ended.",
			command.MaxRunning, name).After(retryCommand)
	case errors.Is(err, command.ErrNoImage):
		return fault.New(fault.OperationNotAllowed, "The command was not started: the release '%s' that managed cluster '%s' runs is older than commands. Upgrade the "+
			"cluster, or use kubectl with a kubeconfig of your own (az aks get-credentials).", c.Spec.Release, name)
	case errors.Is(err, command.ErrNotReady):
		return notReady(c)
	case errors.As(err, &refused):
		return fault.New(fault.OperationNotAllowed, "The API server of managed cluster '%s' refused the request: %s. Look at the cluster's admission webhooks, and at "+
			"what namespace aks-command has.", name, refused.Message).Because(err)
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &notStarted): // so it cannot run twice, and clients may repeat the request by themselves
		return fault.New(fault.ServiceUnavailable, "The command was not started, because the service got no answer that it needs, such as that of the API server of managed "+
			"cluster '%s'. Look at the cluster's health (lotseProfile.components), and repeat the request later.", name).Because(err)
	}
	return unknown.Because(err)
}
