// Package fault is the front door's errors: one table maps each kind to ARM's status and code, and one function writes the body.
package fault
