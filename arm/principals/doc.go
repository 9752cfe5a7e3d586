// Package principals is Lotse.Identity, the operator's API of Lotse's directory: who can log in, and with which secrets. Azure's resource manager
// has no API for it; this one follows its conventions. Only roles at "/" reach it.
package principals
