package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newAuditCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Show who changed what, when, and what the answer was", Args: cobra.NoArgs,
		Long: "Show who changed what, when, and what the answer was: every write, every listing of credentials and every log-in, refused ones too.\n\n" +
			"All of it needs a role that may read at \"/\"; with --subscription, a role that may read the subscription.",
		Example: "  lotse audit --since 1h\n  lotse audit --principal ID -o json",
	}
	since := cmd.Flags().Duration("since", 24*time.Hour, "how far to look back")
	principal := cmd.Flags().String("principal", "", "ID or user name of one principal")
	most := cmd.Flags().Int("last", 1000, "how many records at most, the newest ones")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		query := url.Values{"since": {time.Now().Add(-*since).UTC().Format(time.RFC3339)}, "$top": {strconv.Itoa(*most)}}
		if *principal != "" {
			query.Set("principal", *principal)
		}
		documents, err := c.List(cmd.Context(), client.AuditPath(s.subscriptionID, query))
		if err != nil {
			return err
		}
		return auditRecords.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}

var auditRecords = table[client.AuditRecord]{
	columns: []string{"TIME", "WHO", "FROM", "DID", "WHAT", "ANSWER"},
	row: func(r client.AuditRecord) []string {
		who := cmp.Or(r.Name, r.Principal)
		if who == "" && r.Claimed != "" {
			who = "(claimed) " + r.Claimed
		}
		answer := fmt.Sprintf("%d %s", r.Status, r.Code)
		if r.Stage == "received" {
			answer = "none yet: the request is still processed, or Lotse ended meanwhile"
		}
		return []string{r.Time.Local().Format("2006-01-02 15:04:05"), who, r.From, r.Method, r.ResourceID, answer}
	},
}
