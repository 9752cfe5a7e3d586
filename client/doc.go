// Package client calls Lotse's front door as any customer does: Azure Resource Manager over HTTPS with a bearer token.
//
// Requests, paging and polling are azcore's (docs/design/libraries.md). Documents stay as the server wrote them (json.RawMessage), so that
// a newer server's fields reach the user of an older client; Group, Cluster and NodePool are views of the parts that Lotse's own tools
// read. A write answers with an Operation, and Operation.Wait follows it to its end. Nothing secret is kept on disk: the token lives as
// long as the Client.
package client
