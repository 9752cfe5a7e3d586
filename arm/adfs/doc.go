// Package adfs is the log-in: the endpoints that az and the SDKs look for before they have a token. They have the shape of ADFS because any
// other authority makes Microsoft's clients ask a public host about it first.
//
// Nothing is kept but device codes that wait for their user, in memory for a quarter of an hour; losing them means logging in again.
package adfs
