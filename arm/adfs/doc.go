// Package adfs is the log-in: the endpoints that az and the SDKs look for before they have a token. They have the shape of ADFS because any
// other authority makes Microsoft's clients ask a public host about it first.
//
// Nothing is kept in memory: a device's code is signed and carries all there is to know, and what its user approved is a Secret, so a
// log-in survives a restart and may begin, be approved and end at different replicas.
package adfs
