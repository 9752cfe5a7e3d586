// Package fault is how the front door says no: one table maps each kind of error to ARM's status and code, and one place writes the body.
package fault
