// Package operator serves Lotse.Operations: what those see who run this service. It has no place in Azure's API. Only an Owner of
// everything ("/") may use it; a customer who owns a subscription may not.
//
// It shows the control planes, which are the service's own. It shows nothing of the customers' nodes: nobody reads their logs without the
// customer's consent (contract, B2).
package operator
