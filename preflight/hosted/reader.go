package hosted

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane/access"
	"lotse.dev/preflight"
	"lotse.dev/release"
)

// timeout of everything that one check asks a cluster.
const timeout = 15 * time.Second

// maxListed objects of a kind are looked at: a customer may have put any number there.
const maxListed = 2000

// maxMetrics of an API server that are read, in bytes.
const maxMetrics = 64 << 20

// Clusters gives clients of hosted clusters.
type Clusters interface {
	For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error)
}

// Reader of hosted clusters.
type Reader struct {
	Hosted Clusters
	// Config is the service's credential for a cluster, to read its API server's metrics.
	Config func(context.Context, *v1alpha1.ManagedCluster) (*rest.Config, error)
}

// Read what the check of an upgrade needs to know.
func (r *Reader) Read(ctx context.Context, cluster *v1alpha1.ManagedCluster) preflight.Cluster {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := r.Hosted.For(ctx, cluster)
	if err != nil {
		return silent(err)
	}
	answers := preflight.Cluster{}
	apis := make(chan preflight.Answer[preflight.API], 1) // the slowest answer: a megabyte of text
	go func() { apis <- answer(r.apis(ctx, cluster)) }()
	budgets, err := budgetsOf(ctx, c)
	answers.Budgets = answer(budgets, err)
	if answers.Crowded = answer[preflight.Crowded](nil, err); err == nil {
		answers.Crowded = answer(crowded(ctx, c, budgets))
	}
	answers.Webhooks = answer(webhooksOf(ctx, c))
	answers.Subjects = map[release.Subject]preflight.Answer[string]{}
	for subject, list := range subjects {
		answers.Subjects[subject] = answer(list(ctx, c))
	}
	answers.APIs = <-apis
	return answers
}

// silent cluster: nothing of it is known.
func silent(err error) preflight.Cluster {
	why := reason(err)
	c := preflight.Cluster{Subjects: map[release.Subject]preflight.Answer[string]{}}
	c.Budgets.Unknown, c.Crowded.Unknown, c.APIs.Unknown, c.Webhooks.Unknown = why, why, why, why
	for subject := range subjects {
		c.Subjects[subject] = preflight.Answer[string]{Unknown: why}
	}
	return c
}

func answer[T any](items []T, err error) preflight.Answer[T] {
	if err != nil {
		return preflight.Answer[T]{Unknown: reason(err)}
	}
	return preflight.Answer[T]{Items: items}
}

// errTooMany objects to look at all of them.
var errTooMany = fmt.Errorf("there are more than %d of them", maxListed)

// reason in words that a customer may read: an error of the network has addresses of the management cluster in it.
func reason(err error) string {
	status := apierrors.APIStatus(nil)
	switch {
	case errors.Is(err, errTooMany):
		return errTooMany.Error()
	case errors.Is(err, access.ErrNotReady):
		return "the cluster's control plane is not ready"
	case errors.As(err, &status):
		return "the cluster's API server answers: " + status.Status().Message
	}
	return "the cluster's API server does not answer"
}

// list at most maxListed objects of a kind.
func list(ctx context.Context, c client.Reader, into client.ObjectList, options ...client.ListOption) error {
	if err := c.List(ctx, into, append(options, client.Limit(maxListed))...); err != nil {
		return err
	}
	if into.GetContinue() != "" {
		return errTooMany
	}
	return nil
}

func budgetsOf(ctx context.Context, c client.Reader) ([]policyv1.PodDisruptionBudget, error) {
	budgets := &policyv1.PodDisruptionBudgetList{}
	err := list(ctx, c, budgets)
	return budgets.Items, err
}

// apis that the API server has counted.
func (r *Reader) apis(ctx context.Context, cluster *v1alpha1.ManagedCluster) ([]preflight.API, error) {
	config, err := r.Config(ctx, cluster)
	if err != nil {
		return nil, err
	}
	connection, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	host, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, host.JoinPath("/metrics").String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := connection.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the API server's metrics: %s", response.Status)
	}
	return preflight.Requested(io.LimitReader(response.Body, maxMetrics))
}
