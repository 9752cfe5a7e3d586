package fault

import (
	"net/http"
	"time"
)

// Kind of error. Its name is ARM's code unless the table says otherwise.
type Kind string

// The kinds of error the front door answers with.
const (
	AuthenticationFailed        Kind = "AuthenticationFailed"
	InvalidToken                Kind = "InvalidAuthenticationToken"
	ExpiredToken                Kind = "ExpiredAuthenticationToken"
	InvalidTokenAudience        Kind = "InvalidAuthenticationTokenAudience"
	AuthorizationFailed         Kind = "AuthorizationFailed"
	BadRequest                  Kind = "BadRequest"
	Conflict                    Kind = "Conflict"
	DNSServiceIPOutOfCIDR       Kind = "DnsServiceIpOutOfServiceCidr"
	FeatureNotFound             Kind = "FeatureNotFound"
	GatewayTimeout              Kind = "GatewayTimeout"
	Internal                    Kind = "InternalServerError"
	InvalidAPIVersion           Kind = "InvalidApiVersionParameter"
	InvalidFilter               Kind = "InvalidFilterInQueryString"
	InvalidGroupLocation        Kind = "InvalidResourceGroupLocation"
	InvalidParameter            Kind = "InvalidParameter"
	InvalidRequestContent       Kind = "InvalidRequestContent"
	InvalidResourceGroup        Kind = "InvalidResourceGroup"
	InvalidResourceLocation     Kind = "InvalidResourceLocation"
	InvalidResourceName         Kind = "InvalidResourceName"
	InvalidResourceNamespace    Kind = "InvalidResourceNamespace"
	InvalidResourceType         Kind = "InvalidResourceType"
	InvalidSubscriptionState    Kind = "InvalidSubscriptionState"
	InvalidTag                  Kind = "InvalidTag"
	InvalidTenant               Kind = "InvalidAuthenticationTokenTenant"
	InvalidURL                  Kind = "InvalidRequestUri"
	LocationNotAvailable        Kind = "LocationNotAvailableForResourceType"
	LocationNotAvailableGroup   Kind = "LocationNotAvailableForResourceGroup"
	MethodNotAllowed            Kind = "HttpMethodNotSupported"
	MisdirectedRequest          Kind = "MisdirectedRequest"
	MissingAPIVersion           Kind = "MissingApiVersionParameter"
	NoRegisteredProvider        Kind = "NoRegisteredProviderFound"
	NotFound                    Kind = "NotFound"
	OIDCIssuerStays             Kind = "OIDCIssuerFeatureCannotBeDisabled"
	OperationNotAllowed         Kind = "OperationNotAllowed"
	OperationNotFound           Kind = "OperationNotFound"
	PreconditionFailed          Kind = "PreconditionFailed"
	PropertyChangeNotAllowed    Kind = "PropertyChangeNotAllowed"
	QuotaExceeded               Kind = "QuotaExceeded"
	RequestTimeout              Kind = "RequestTimeout"
	RequestTooLarge             Kind = "RequestContentTooLarge"
	ResourceGroupBeingDeleted   Kind = "ResourceGroupBeingDeleted"
	ResourceGroupManaged        Kind = "ResourceGroupManagedByAnother"
	ResourceGroupNotFound       Kind = "ResourceGroupNotFound"
	ResourceNotFound            Kind = "ResourceNotFound"
	ServiceUnavailable          Kind = "ServiceUnavailable"
	SubscriptionNotFound        Kind = "SubscriptionNotFound"
	SystemPoolTaint             Kind = "SystemPoolHasRestrictedTaint"
	Throttled                   Kind = "Throttled"
	UnsupportedMediaType        Kind = "UnsupportedMediaType"
	URLTooLong                  Kind = "RequestUriTooLong"
	AllocationFailed            Kind = "AllocationFailed"
	ClientGone                  Kind = "ClientClosedRequest"
	ValidationError             Kind = "ValidationError"
	VersionNotSupported         Kind = "AgentPoolK8sVersionNotSupported"
	KubernetesVersionNotAllowed Kind = "K8sVersionNotSupported"
	OperationFailed             Kind = "OperationFailed"

	InvalidRoleAssignmentID          Kind = "InvalidRoleAssignmentId"
	LastOwner                        Kind = "CannotDeleteLastRbacAdminAssignment"
	PrincipalNotFound                Kind = "PrincipalNotFound"
	RoleAssignmentExists             Kind = "RoleAssignmentExists"
	RoleAssignmentNotFound           Kind = "RoleAssignmentNotFound"
	RoleAssignmentUpdateNotPermitted Kind = "RoleAssignmentUpdateNotPermitted"
	RoleDefinitionDoesNotExist       Kind = "RoleDefinitionDoesNotExist"
	UnmatchedPrincipalType           Kind = "UnmatchedPrincipalType"
)

// statuses is the one table from kinds of error to HTTP. az tries 5xx again, so only what may be better next time is 5xx.
var statuses = map[Kind]int{
	AuthenticationFailed:        http.StatusUnauthorized,
	InvalidToken:                http.StatusUnauthorized,
	ExpiredToken:                http.StatusUnauthorized,
	InvalidTokenAudience:        http.StatusUnauthorized,
	AuthorizationFailed:         http.StatusForbidden,
	BadRequest:                  http.StatusBadRequest,
	Conflict:                    http.StatusConflict,
	DNSServiceIPOutOfCIDR:       http.StatusBadRequest,
	FeatureNotFound:             http.StatusNotFound,
	GatewayTimeout:              http.StatusGatewayTimeout,
	Internal:                    http.StatusInternalServerError,
	InvalidAPIVersion:           http.StatusBadRequest,
	InvalidFilter:               http.StatusBadRequest,
	InvalidGroupLocation:        http.StatusConflict,
	InvalidParameter:            http.StatusBadRequest,
	InvalidRequestContent:       http.StatusBadRequest,
	InvalidResourceGroup:        http.StatusBadRequest,
	InvalidResourceLocation:     http.StatusConflict,
	InvalidResourceName:         http.StatusBadRequest,
	InvalidResourceNamespace:    http.StatusNotFound,
	InvalidResourceType:         http.StatusNotFound,
	InvalidSubscriptionState:    http.StatusConflict,
	InvalidTag:                  http.StatusBadRequest,
	InvalidTenant:               http.StatusUnauthorized,
	InvalidURL:                  http.StatusBadRequest,
	LocationNotAvailable:        http.StatusBadRequest,
	LocationNotAvailableGroup:   http.StatusBadRequest,
	MethodNotAllowed:            http.StatusMethodNotAllowed,
	MisdirectedRequest:          http.StatusMisdirectedRequest,
	MissingAPIVersion:           http.StatusBadRequest,
	NoRegisteredProvider:        http.StatusBadRequest,
	NotFound:                    http.StatusNotFound,
	OIDCIssuerStays:             http.StatusBadRequest,
	OperationNotAllowed:         http.StatusConflict,
	OperationNotFound:           http.StatusNotFound,
	PreconditionFailed:          http.StatusPreconditionFailed,
	PropertyChangeNotAllowed:    http.StatusBadRequest,
	QuotaExceeded:               http.StatusBadRequest,
	RequestTimeout:              http.StatusRequestTimeout,
	RequestTooLarge:             http.StatusRequestEntityTooLarge,
	ResourceGroupBeingDeleted:   http.StatusConflict,
	ResourceGroupManaged:        http.StatusConflict,
	ResourceGroupNotFound:       http.StatusNotFound,
	ResourceNotFound:            http.StatusNotFound,
	ServiceUnavailable:          http.StatusServiceUnavailable,
	SubscriptionNotFound:        http.StatusNotFound,
	SystemPoolTaint:             http.StatusBadRequest,
	Throttled:                   http.StatusTooManyRequests,
	UnsupportedMediaType:        http.StatusUnsupportedMediaType,
	URLTooLong:                  http.StatusRequestURITooLong,
	AllocationFailed:            http.StatusConflict,
	ClientGone:                  499, // for logs only; the client has gone
	ValidationError:             http.StatusBadRequest,
	VersionNotSupported:         http.StatusBadRequest,
	KubernetesVersionNotAllowed: http.StatusBadRequest,
	OperationFailed:             http.StatusConflict,

	InvalidRoleAssignmentID:          http.StatusBadRequest,
	LastOwner:                        http.StatusConflict,
	PrincipalNotFound:                http.StatusBadRequest,
	RoleAssignmentExists:             http.StatusConflict,
	RoleAssignmentNotFound:           http.StatusNotFound,
	RoleAssignmentUpdateNotPermitted: http.StatusBadRequest,
	RoleDefinitionDoesNotExist:       http.StatusNotFound,
	UnmatchedPrincipalType:           http.StatusBadRequest,
}

// passing are the kinds whose cause goes away without the caller, and when a client may ask again if the error has no time of its own.
var passing = map[Kind]time.Duration{
	GatewayTimeout:            2 * time.Second,
	ResourceGroupBeingDeleted: 5 * time.Second,
	ServiceUnavailable:        5 * time.Second,
	Throttled:                 time.Second,
}

// codes of kinds that share ARM's code with another kind.
var codes = map[Kind]string{
	LocationNotAvailableGroup: "LocationNotAvailableForResourceGroup",
	ResourceGroupManaged:      "OperationNotAllowed",
}

func (k Kind) status() int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

func (k Kind) code() string {
	if c, ok := codes[k]; ok {
		return c
	}
	return string(k)
}
