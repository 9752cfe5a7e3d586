// Package operator serves Lotse.Operations: the view of the operators of this service. Azure's API has nothing like it. Only an Owner of
// everything ("/") may use it; a customer who owns a subscription may not.
//
// It shows the control planes, which are the service's own. It shows nothing of the customers' nodes: reading their logs needs the customer's
// consent (contract, B2).
package operator
