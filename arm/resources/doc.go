// Package resources is Microsoft.Resources: tenants, subscriptions, locations, resource providers, resource groups and the list of all
// resources in them.
package resources
