package teardown

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"sigs.k8s.io/knftables"
)

// AllTables returns the host's packet filter tables, "family name".
func AllTables() ([]string, error) {
	out, err := exec.Command("nft", "list", "tables").Output()
	if err != nil {
		return nil, fmt.Errorf("nft list tables: %w (Debian package nftables)", err)
	}
	return parseTables(string(out)), nil
}

func parseTables(out string) (all []string) {
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "table "); ok {
			all = append(all, name)
		}
	}
	return all
}

// ownTables selects the tables that the installation's programs made: those with their names that did not exist before the installation.
func (s Scope) ownTables(all []string) (found []string) {
	for _, t := range all {
		if slices.Contains(s.Tables, t) && !slices.Contains(s.ForeignTables, t) {
			found = append(found, t)
		}
	}
	return found
}

// FilterTables are the installation's packet filter tables, and those shared ones that did not exist before and are empty.
func (s Scope) FilterTables() ([]string, error) {
	all, err := AllTables()
	found := s.ownTables(all)
	for _, t := range all {
		if slices.Contains(s.SharedTables, t) && !slices.Contains(s.ForeignTables, t) && empty(t) {
			found = append(found, t)
		}
	}
	return found, err
}

func empty(table string) bool {
	out, err := exec.Command("nft", append([]string{"list", "table"}, strings.Fields(table)...)...).Output()
	return err == nil && !strings.Contains(string(out), "chain ")
}

// DropTables removes them in one transaction.
func (s Scope) DropTables(ctx context.Context) error {
	tables, err := s.FilterTables()
	if err != nil || len(tables) == 0 {
		return err
	}
	nft, err := knftables.New("", "")
	if err != nil {
		return fmt.Errorf("remove packet filter tables: %w", err)
	}
	return drop(ctx, nft, tables)
}

func drop(ctx context.Context, nft knftables.Interface, tables []string) error {
	tx := nft.NewTransaction()
	for _, t := range tables {
		family, name, _ := strings.Cut(t, " ")
		table := &knftables.Table{Family: knftables.Family(family), Name: name}
		tx.Add(table) // a table that another program removed meanwhile is no error
		tx.Delete(table)
	}
	if err := nft.Run(ctx, tx); err != nil {
		return fmt.Errorf("remove packet filter tables %s: %w", strings.Join(tables, ", "), err)
	}
	return nil
}
