package client

import (
	"net/url"
	"strings"
	"time"
)

// Paths that only operators may use.
const (
	PrincipalsPath = "/providers/Lotse.Identity/principals"
	recordsPath    = "/providers/Lotse.Audit/records"
	tenantsPath    = "/providers/Lotse.Subscription/subscriptions"
	authorization  = "/providers/Microsoft.Authorization"
)

// PrincipalPath is one principal.
func PrincipalPath(id string) string { return PrincipalsPath + "/" + url.PathEscape(id) }

// SecretsPath lists a principal's secrets.
func SecretsPath(principal string) string { return PrincipalPath(principal) + "/secrets" }

// OperatedSubscriptionPath is a subscription for the operator, who creates and deletes it.
func OperatedSubscriptionPath(id string) string { return tenantsPath + "/" + url.PathEscape(id) }

// SubscriptionPath is a subscription for its users.
func SubscriptionPath(id string) string { return SubscriptionsPath + "/" + url.PathEscape(id) }

// RoleAssignmentsPath lists the roles at a scope; "/" is everything.
func RoleAssignmentsPath(scope string) string {
	return strings.TrimRight(scope, "/") + authorization + "/roleAssignments"
}

// RoleDefinitionsPath lists the roles that can be assigned at a scope.
func RoleDefinitionsPath(scope string) string {
	return strings.TrimRight(scope, "/") + authorization + "/roleDefinitions"
}

// SubscriptionScope is the credential's subscription.
func (c *Client) SubscriptionScope() string { return c.subscription() }

// AuditPath lists the audit log: all of it, or one subscription's part.
func AuditPath(subscription string, query url.Values) string {
	path := recordsPath
	if subscription != "" {
		path = SubscriptionPath(subscription) + recordsPath
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// Subscription is a view of a subscription.
type Subscription struct {
	SubscriptionID string `json:"subscriptionId"`
	DisplayName    string `json:"displayName"`
	TenantID       string `json:"tenantId"`
	State          string `json:"state"`
	// Properties hold the same for operators.
	Properties struct {
		SubscriptionID    string `json:"subscriptionId"`
		DisplayName       string `json:"displayName"`
		TenantID          string `json:"tenantId"`
		State             string `json:"state"`
		ProvisioningState string `json:"provisioningState"`
	} `json:"properties"`
}

// Secret is a view of a principal's secret.
type Secret struct {
	KeyID         string     `json:"keyId"`
	DisplayName   string     `json:"displayName"`
	StartDateTime time.Time  `json:"startDateTime"`
	EndDateTime   *time.Time `json:"endDateTime"`
	Expired       bool       `json:"expired"`
	SecretText    string     `json:"secretText"`
}

// Principal is a view of a principal.
type Principal struct {
	Name       string `json:"name"`
	Properties struct {
		DisplayName string   `json:"displayName"`
		Kind        string   `json:"kind"`
		UserName    string   `json:"userName"`
		TenantID    string   `json:"tenantId"`
		Enabled     bool     `json:"enabled"`
		Secrets     []Secret `json:"secrets"`
	} `json:"properties"`
}

// RoleDefinition is a view of a role.
type RoleDefinition struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		RoleName    string `json:"roleName"`
		Description string `json:"description"`
	} `json:"properties"`
}

// RoleAssignment is a view of a role assignment.
type RoleAssignment struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties struct {
		RoleDefinitionID string `json:"roleDefinitionId"`
		PrincipalID      string `json:"principalId"`
		PrincipalType    string `json:"principalType"`
		Scope            string `json:"scope"`
	} `json:"properties"`
}

// AuditRecord is a view of a line of the audit log.
type AuditRecord struct {
	Time       time.Time `json:"time"`
	Stage      string    `json:"stage"`
	Principal  string    `json:"principal"`
	Name       string    `json:"name"`
	Claimed    string    `json:"claimed"`
	From       string    `json:"from"`
	Method     string    `json:"method"`
	ResourceID string    `json:"resourceId"`
	Status     int       `json:"status"`
	Code       string    `json:"code"`
}
