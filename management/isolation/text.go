package isolation

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"text/template"

	_ "embed"
)

// Table is the packet filter's table that is ours alone.
const Table = "inet lotse-isolation"

// Ground is what does not change while the machine runs.
type Ground struct {
	// LinkGroup has the Pods' ends of links on this machine, and no other link.
	LinkGroup int
	// Pods and Services are the networks of the management cluster; Reserved is the range that has all its addresses.
	Pods, Services, Reserved netip.Prefix
	// API server's address on this machine.
	API netip.AddrPort
	// Resolvers that Pods ask for names of the world; only those that are this machine matter.
	Resolvers []netip.Addr
}

//go:embed table.nft.tmpl
var tableText string

var tableTemplate = template.Must(template.New("table.nft").Funcs(template.FuncMap{
	"list": list[netip.Addr], "matches": Rule.matches, "chain": chain,
}).Parse(tableText))

// Text is the table for nft, which puts it in the place of the old one in one step.
func Text(g Ground, p Plan) (string, error) {
	var b strings.Builder
	if err := tableTemplate.Execute(&b, struct {
		Ground
		Plan
		Sides map[string]bool // by name, whether it is the inside
	}{g, p, map[string]bool{"inside": true, "outside": false}}); err != nil {
		return "", fmt.Errorf("packet filter table: %w", err)
	}
	return b.String(), nil
}

// chain is what a policy's chain is called. The kernel takes 255 bytes.
func chain(side, policy string) string {
	if len(policy) > 200 {
		policy = fmt.Sprintf("%x", sha256.Sum256([]byte(policy)))
	}
	return side + "-" + policy
}

// matches are the rule's matches for connections from inside (of Pods to addresses of Pods and Services) or outside, one line each.
func (r Rule) matches(inside bool) (lines []string) {
	for _, source := range r.sources(inside) {
		for _, ports := range r.destinations() {
			lines = append(lines, strings.TrimSpace(source+" "+ports))
		}
	}
	return lines
}

func (r Rule) sources(inside bool) (all []string) {
	switch {
	case r.Anybody:
		return []string{""}
	case inside && len(r.Pods) > 0:
		return []string{"ip saddr " + list(r.Pods)}
	case inside:
		return nil
	}
	for _, b := range r.Blocks {
		match := "ip saddr " + b.Prefix.String()
		if len(b.Except) > 0 {
			match += " ip saddr != " + list(b.Except)
		}
		all = append(all, match)
	}
	return all
}

func (r Rule) destinations() (all []string) {
	if len(r.Ports) == 0 {
		return []string{""}
	}
	for _, p := range r.Ports {
		switch {
		case p.First == 0:
			all = append(all, "meta l4proto "+p.Protocol)
		case p.First == p.Last:
			all = append(all, fmt.Sprintf("%s dport %d", p.Protocol, p.First))
		default:
			all = append(all, fmt.Sprintf("%s dport %d-%d", p.Protocol, p.First, p.Last))
		}
	}
	return all
}

func list[T fmt.Stringer](all []T) string {
	texts := make([]string, 0, len(all))
	for _, a := range all {
		texts = append(texts, a.String())
	}
	return "{ " + strings.Join(texts, ", ") + " }"
}
