// Package brake halts the roll-out of a release by itself when clusters that were upgraded to it get worse. Only the operator resumes it.
package brake
