// Package principals lets the operator keep Lotse's directory: who can log in, and with which secrets. Azure has no API for it in its resource
// manager; this one, Lotse.Identity, keeps the resource manager's conventions. It is for Owners of everything: roles at "/" alone reach it.
package principals
