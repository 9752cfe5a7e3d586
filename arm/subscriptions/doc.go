// Package subscriptions is Lotse.Subscription, the operator's API that creates and deletes subscriptions. Azure sells them elsewhere; this API
// follows the resource manager's conventions. What a subscription's users see of it is in package resources.
package subscriptions
