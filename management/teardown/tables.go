package teardown

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// AllTables are the machine's packet filter tables, "family name".
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

// ours picks the tables that programs of the installation made: those they make, less those that were there before.
func (s Scope) ours(all []string) (found []string) {
	for _, t := range all {
		if slices.Contains(s.Tables, t) && !slices.Contains(s.ForeignTables, t) {
			found = append(found, t)
		}
	}
	return found
}

// FilterTables are the installation's packet filter tables, and the shared ones that only its programs can have left: new and empty.
func (s Scope) FilterTables() ([]string, error) {
	all, err := AllTables()
	found := s.ours(all)
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

// DropTables removes them.
func (s Scope) DropTables() error {
	tables, err := s.FilterTables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		args := append([]string{"delete", "table"}, strings.Fields(t)...)
		if out, err := exec.Command("nft", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("nft delete table %s: %w: %s", t, err, out)
		}
	}
	return nil
}
