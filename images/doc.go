// Package images is the catalogue of every image Lotse ships: which there are, what they are called, and where their layouts lie.
//
// Everything that runs in a Lotse cluster is an OCI image made here, from Go modules and Debian packages only, without Docker and
// without pulling an image from anywhere:
//
//	go run ./images/build               # into out/
//	go run ./images/build -release 1.36 # one more version of Kubernetes
//
// Each directory below says how one thing is made. kubernetes and components/<name> are small Go modules of their own, one per
// upstream project; a new version is an edit of one go.mod, followed by `make align`. Each minor of Kubernetes is compiled from the same directory, with
// requirements of its own. Where several modules require the same one they agree
// on its version, so that its packages are compiled once. node is a Debian tree with the kubelet and what it needs. Package manifest lists
// what there is; builder, debian, layer and layout build it, only where inputs changed. This package is what other parts of Lotse import:
// it reads the result.
package images
