// Package authorization is Microsoft.Authorization: who has which role where. Role assignments are custom resources; role definitions are
// Azure's built-in ones (package identity), under their own GUIDs.
package authorization
