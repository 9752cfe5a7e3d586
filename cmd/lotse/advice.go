package main

import (
	"context"
	"errors"

	"lotse.dev/client"
)

// remedies say what to do next, by ARM error code.
var remedies = map[string]string{
	"AKSOperationPreemptedByDelete": "nothing; somebody deleted it, or wrote it again, while this was running",
	"AuthenticationFailed":          "check appId and secret in the credential file (--credentials)",
	"AuthorizationFailed":           "ask the subscription's owner for a role, or use another credential with --credentials",
	"Conflict":                      "look at its state with `show`, then try again",
	"InvalidAuthenticationToken":    "check that the credential file (--credentials) belongs to this installation",
	"InvalidParameter":              "correct the value that the message names",
	"InvalidRequestContent":         "correct the value that the message names",
	"InvalidSubscriptionState":      "the subscription only allows reading and deleting at present; ask whoever operates Lotse",
	"OperationNotAllowed":           "wait until the running operation has ended (`lotse cluster wait`), then try again",
	"PrincipalNotFound":             "list principals with `lotse principal list`; one has roles in its own tenant's subscriptions alone",
	"RoleAssignmentExists":          "nothing; the principal has this role there already",
	"RoleDefinitionDoesNotExist":    "list roles with `lotse role list`",
	"PreconditionFailed":            "somebody changed it meanwhile; look at it again and repeat the change",
	"ResourceGroupNotFound":         "list groups with `lotse group list`, or make one with `lotse group create`",
	"ResourceNotFound":              "list what there is with `lotse cluster list` or `lotse nodepool list`",
	"SubscriptionNotFound":          "check --subscription, or leave it out to use the credential's",
	"K8sVersionNotSupported":        "leave --kubernetes-version out to get the default",
	"PropertyChangeNotAllowed":      "what the message names is fixed at creation; make a new one with the value you want",
	"ServiceUnavailable":            "wait a moment, then try again; see `lotse status`",
	"InternalServerError":           "try again; if it stays, look for the request in the log of Lotse's Deployment",
	"Throttled":                     "wait a moment, then try again",
	"QuotaExceeded":                 "ask for fewer nodes, or delete what is no longer used",
	"ResourceGroupBeingDeleted":     "wait until the group is gone, then make it again",
}

// advice is what to do about an error; empty where its message already says so.
func advice(err error) string {
	wrong, e, silent := usageError{}, (*client.Error)(nil), (*client.Unreachable)(nil)
	switch {
	case errors.As(err, &wrong):
		return "see `lotse help`, or the verb's own --help"
	case errors.As(err, &silent):
		return "see whether Lotse runs with `lotse status`; start it with `lotse up`"
	case errors.As(err, &e):
		return remedy(e)
	case errors.Is(err, context.DeadlineExceeded):
		return "the operation goes on; wait on with `lotse cluster wait`, or give more time with --timeout"
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
		return "look at `lotse cluster show`; repeat the same command to try again, or delete the resource"
	}
	return ""
}
