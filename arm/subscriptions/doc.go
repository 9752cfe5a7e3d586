// Package subscriptions lets the operator make tenants and end them. Azure sells subscriptions elsewhere; this API, Lotse.Subscription, keeps
// the resource manager's conventions. What a subscription's own people see of it is in package resources.
package subscriptions
