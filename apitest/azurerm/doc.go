// Package azurerm tests the front door with the library that Terraform's azurerm logs in by. It has no code of its own: what the library asks for
// before the provider's first request is in the test.
package azurerm
