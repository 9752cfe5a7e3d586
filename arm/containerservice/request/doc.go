// Package request decodes the bodies of writes of clusters and pools. Every property is taken, or refused by its name unless it asks for what
// is so anyway (unimplemented.go). Decoding is strict and merges what was sent over the present spec; it does not check what makes sense together.
package request
