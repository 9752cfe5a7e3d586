package hosted

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/command"
	"lotse.dev/controlplane/access"
)

// maxListed are the Jobs that are looked at: a customer may have put any number there.
const maxListed = 500

// Clusters gives clients of hosted clusters.
type Clusters interface {
	For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error)
}

// Commands runs commands in hosted clusters.
type Commands struct {
	// Client of the management cluster, to read releases.
	Client client.Reader
	Hosted Clusters
}

// Start a command. The errors of package command say why it was not started; after any other, it may run all the same.
func (c *Commands) Start(ctx context.Context, cluster *v1alpha1.ManagedCluster, r command.Request) error {
	hosted, s, err := c.prepare(ctx, cluster, r)
	if err != nil {
		return &command.NotStartedError{Cause: err}
	}
	return start(ctx, hosted, s)
}

// prepare what a command needs, of which nothing runs yet.
func (c *Commands) prepare(ctx context.Context, cluster *v1alpha1.ManagedCluster, r command.Request) (client.Client, spec, error) {
	release := &v1alpha1.Release{}
	if err := c.Client.Get(ctx, client.ObjectKey{Name: cluster.Spec.Release}, release); err != nil {
		return nil, spec{}, fmt.Errorf("reading the release of cluster %s: %w", cluster.Name, err)
	}
	s, err := specOf(cluster, release, r)
	if err != nil {
		return nil, spec{}, err
	}
	if s.image == "" {
		return nil, spec{}, command.ErrNoImage
	}
	hosted, err := c.open(ctx, cluster)
	if err != nil {
		return nil, spec{}, err
	}
	if err := makeRoom(ctx, hosted); err != nil {
		return nil, spec{}, refused(err)
	}
	return hosted, s, refused(apply.EnsureNew(ctx, hosted, namespace()))
}

func (c *Commands) open(ctx context.Context, cluster *v1alpha1.ManagedCluster) (client.Client, error) {
	hosted, err := c.Hosted.For(ctx, cluster)
	if errors.Is(err, access.ErrNotReady) {
		err = fmt.Errorf("%w: %w", command.ErrNotReady, err)
	}
	return hosted, err
}

// makeRoom deletes the results that are more than may be kept. Two requests at the same time may both find room for the last command.
func makeRoom(ctx context.Context, hosted client.Client) error {
	jobs := &batchv1.JobList{}
	if err := hosted.List(ctx, jobs, client.InNamespace(Namespace), client.Limit(maxListed)); err != nil {
		return err
	}
	running, surplus := room(jobs.Items)
	if running >= command.MaxRunning {
		return command.ErrBusy
	}
	for _, j := range surplus {
		if err := remove(ctx, hosted, &j); err != nil {
			return err
		}
	}
	return nil
}

// start the Job first, so that everything else has an owner from its beginning. If the process ends in between, the Job ends at its deadline, and its
// controller collects it with what was made. Its Pod waits for the first of the parts, so nothing begins before that is there.
func start(ctx context.Context, hosted client.Client, s spec) error {
	j := job(s)
	if err := hosted.Create(ctx, j, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		if definite := refused(err); definite != err { // nothing was made
			return &command.NotStartedError{Cause: definite}
		}
		return &command.NotStartedError{Cause: errors.Join(err, remove(ctx, hosted, j))} // it may be there, if an answer was lost
	}
	objects, err := parts(s, j)
	if err != nil {
		return &command.NotStartedError{Cause: errors.Join(err, remove(ctx, hosted, j))}
	}
	for _, o := range objects {
		if err := hosted.Create(ctx, o, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return errors.Join(refused(fmt.Errorf("making %T %s: %w", o, o.GetName(), err)), remove(ctx, hosted, j))
		}
	}
	return nil
}

// removeTimeout of one Job, also of a request that has ended.
const removeTimeout = 5 * time.Second

// remove a Job that is known by its UID, or else by the name that its command alone has.
func remove(ctx context.Context, hosted client.Client, j *batchv1.Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout) // also if the caller has gone
	defer cancel()
	options := []client.DeleteOption{client.PropagationPolicy(metav1.DeletePropagationBackground)}
	if j.UID != "" {
		options = append(options, client.Preconditions{UID: &j.UID})
	}
	return client.IgnoreNotFound(hosted.Delete(ctx, j, options...))
}

// refused marks what the cluster's API server does not want, such as what a customer's webhook refuses. What it cannot do now is another error.
func refused(err error) error {
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		return err
	}
	code := status.Status().Code
	if code < http.StatusBadRequest || code >= http.StatusInternalServerError || code == http.StatusTooManyRequests {
		return err
	}
	return &command.RefusedError{Message: status.Status().Message, Cause: err}
}

// Result of a command. The error is command.ErrNotFound if there is none, or none any more.
func (c *Commands) Result(ctx context.Context, cluster *v1alpha1.ManagedCluster, id string) (command.Result, error) {
	hosted, err := c.open(ctx, cluster)
	if err != nil {
		return command.Result{}, err
	}
	j, s := &batchv1.Job{}, &corev1.Secret{}
	switch err := hosted.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: jobName(id)}, j); {
	case apierrors.IsNotFound(err) || err == nil && j.DeletionTimestamp != nil:
		return command.Result{}, command.ErrNotFound
	case err != nil:
		return command.Result{}, refused(err)
	}
	switch err := hosted.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: resultName(id)}, s); {
	case apierrors.IsNotFound(err):
		s = nil
	case err != nil:
		return command.Result{}, refused(err)
	}
	return resultOf(id, j, s), nil
}
