package main

import (
	"context"
	"errors"

	"lotse.dev/client"
)

// remedies are the next step, by ARM error code.
var remedies = map[string]string{
	"AKSOperationPreemptedByDelete": "nothing; the resource was deleted or changed while this operation was running",
	"AuthenticationFailed":          "check appId and secret in the credential file (--credentials)",
	"AuthorizationFailed":           "ask the subscription's owner for a role, or use another credential with --credentials",
	"Conflict":                      "check its state with `show`, then try again",
	"InvalidAuthenticationToken":    "check that the credential file (--credentials) belongs to this installation",
	"InvalidParameter":              "correct the value that the message names",
	"InvalidRequestContent":         "correct the value that the message names",
	"InvalidSubscriptionState":      "the subscription only allows reading and deleting at present; ask the operator of Lotse",
	"OperationNotAllowed":           "wait until the running operation has ended (`lotse cluster wait`), then try again",
	"PrincipalNotFound":             "list principals with `lotse principal list`; a principal can have roles only in subscriptions of its own tenant",
	"RoleAssignmentExists":          "nothing; the principal has this role there already",
	"RoleDefinitionDoesNotExist":    "list roles with `lotse role list`",
	"PreconditionFailed":            "the resource was changed meanwhile; get it again and repeat the change",
	"ResourceGroupNotFound":         "list groups with `lotse group list`, or create one with `lotse group create`",
	"ResourceNotFound":              "list resources with `lotse cluster list` or `lotse nodepool list`",
	"SubscriptionNotFound":          "check --subscription, or leave it out to use the credential's",
	"K8sVersionNotSupported":        "list versions and what each can be upgraded to with `lotse release list`; leave --kubernetes-version out to get the default",
	"PropertyChangeNotAllowed":      "the property cannot be changed after creation; create a new resource with the value you want",
	"ServiceUnavailable":            "wait a moment, then try again; see `lotse status`",
	"InternalServerError":           "try again; if the error persists, search the request ID in `lotse logs --lotse`",
	"Throttled":                     "wait a moment, then try again",
	"QuotaExceeded":                 "ask for fewer nodes, or delete what is no longer used",
	"ResourceGroupBeingDeleted":     "wait until the group is deleted, then create it again",
}

// advice returns the next step after an error, or "" if its message contains it.
func advice(err error) string {
	wrong, e, silent := usageError{}, (*client.Error)(nil), (*client.Unreachable)(nil)
	switch {
	case errors.As(err, &wrong):
		return "see `lotse help`, or the verb's own --help"
	case errors.As(err, &silent):
		return "check with `lotse status` whether Lotse runs; start it with `lotse up`"
	case errors.As(err, &e):
		return remedy(e)
	case errors.Is(err, context.DeadlineExceeded):
		return "the operation continues; wait for it with `lotse cluster wait`, or allow more time with --timeout"
	}
	return ""
}

func remedy(e *client.Error) string {
	if next, ok := remedies[e.Code]; ok {
		return next
	}
	switch code := exitCode(e); code {
	case exitNotFound:
		return remedies["ResourceNotFound"]
	case exitConflict:
		return remedies["Conflict"]
	case exitUnauthorized:
		return remedies["AuthorizationFailed"]
	}
	if e.Status == 0 {
		return "see `lotse cluster show`; repeat the same command to try again, or delete the resource"
	}
	return ""
}
