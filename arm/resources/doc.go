// Package resources is the part of Azure Resource Manager that is no resource provider's: tenants, subscriptions, locations, providers,
// resource groups and the list of everything in them.
package resources
