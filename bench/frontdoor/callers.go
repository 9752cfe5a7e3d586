package frontdoor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	kube "sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
	"lotse.dev/identity"
)

// callers are as many as it takes for none to reach the rate that the front door grants to one.
const callers = 16

// callerName is how those that the measurement makes are known to it, also to the next one if it was interrupted.
const callerName = "bench caller"

// makeCallers makes principals that may write to the subscription, and a client for each.
func makeCallers(ctx context.Context, operator *client.Client) ([]*client.Client, error) {
	all := make([]*client.Client, callers)
	for i := range all {
		credential, err := makeCaller(ctx, operator)
		if err != nil {
			return nil, fmt.Errorf("a caller for the measurement: %w", err)
		}
		if all[i], err = client.New(credential); err != nil {
			return nil, err
		}
		if err := untilKnown(ctx, all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func makeCaller(ctx context.Context, operator *client.Client) (client.Credential, error) {
	c := operator.Credential
	c.AppID = uuid.NewString()
	properties := map[string]any{"displayName": callerName, "kind": "ServicePrincipal", "tenantId": c.TenantID}
	if _, err := operator.Put(ctx, client.PrincipalPath(c.AppID), map[string]any{"properties": properties}); err != nil {
		return c, err
	}
	document, err := operator.Post(ctx, client.PrincipalPath(c.AppID)+"/addSecret",
		map[string]any{"displayName": callerName, "endDateTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
	if err != nil {
		return c, err
	}
	secret, err := client.View[client.Secret](document)
	if err != nil {
		return c, err
	}
	c.Secret = secret.SecretText
	contributor, _ := identity.RoleOf(identity.Contributor)
	role := map[string]any{"properties": map[string]any{
		"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/" + contributor.ID, "principalId": c.AppID,
	}}
	_, err = operator.Put(ctx, client.RoleAssignmentsPath(operator.SubscriptionScope())+"/"+uuid.NewString(), role)
	return c, err
}

// untilKnown waits until the front door accepts a new principal.
func untilKnown(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		_, err := c.Get(ctx, c.GroupsPath())
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// cleanUp deletes everything that this measurement, or an interrupted one before it, made. Groups are deleted at the API server, which limits
// no rate.
func cleanUp(ctx context.Context, operator *client.Client, management kube.Client) error {
	all, err := operator.List(ctx, client.PrincipalsPath)
	if err != nil {
		return err
	}
	var failures []error
	for _, document := range all {
		p, err := client.View[client.Principal](document)
		if err == nil && p.Properties.DisplayName == callerName {
			_, err = operator.Delete(ctx, client.PrincipalPath(p.Name))
		}
		failures = append(failures, err)
	}
	var groups v1alpha1.ResourceGroupList
	namespace := v1alpha1.SubscriptionNamespace(operator.Credential.SubscriptionID)
	failures = append(failures, management.List(ctx, &groups, kube.InNamespace(namespace)))
	for i := range groups.Items {
		if g := &groups.Items[i]; strings.HasPrefix(g.Spec.Name, groupPrefix) && g.DeletionTimestamp == nil {
			failures = append(failures, kube.IgnoreNotFound(management.Delete(ctx, g)))
		}
	}
	return errors.Join(failures...)
}
