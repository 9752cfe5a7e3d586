// Package lotse is the root of a managed Kubernetes service that people run on their own machines. The tree is its glossary: packages are
// nouns of the product, and what is done to a noun stands under it. The tests here keep the rules of that tree.
package lotse
