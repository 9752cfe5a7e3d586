// Package arm is the front door: Azure Resource Manager's API over the custom resources of the management cluster. It keeps no state of
// its own: every answer is read from, and every write goes to, the management cluster's API.
package arm
