package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionCommand(s *session) *cobra.Command {
	return noun("subscription", "Subscriptions are tenants: they hold groups",
		newSubscriptionCreateCommand(s), newSubscriptionListCommand(s), newSubscriptionShowCommand(s), newSubscriptionUpdateCommand(s),
		newSubscriptionDeleteCommand(s))
}

var subscriptions = table[client.Subscription]{
	columns: []string{"ID", "NAME", "STATE", "TENANT"},
	row: func(s client.Subscription) []string {
		p := s.Properties
		return []string{cmp.Or(s.SubscriptionID, p.SubscriptionID), cmp.Or(s.DisplayName, p.DisplayName), cmp.Or(s.State, p.State),
			cmp.Or(s.TenantID, p.TenantID)}
	},
}
