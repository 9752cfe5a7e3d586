// Package adfs is the log-in: the endpoints that az and the SDKs use before they have a token. They have the form of ADFS, because Microsoft's
// clients ask a public host about any other authority.
//
// Nothing is kept in memory: a device's code is signed and self-contained, and its user's approval is a Secret. So a log-in survives a restart,
// and may begin, be approved and end at different replicas.
package adfs
