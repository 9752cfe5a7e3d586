package preflight

import (
	"fmt"
	"slices"
)

// Code of a finding: AKS's where it has one.
type Code string

// The codes of findings.
const (
	DeprecatedAPI   Code = "UpgradeBlockedOnDeprecatedAPIUsage"
	UnsatisfiedPDB  Code = "UnsatisfiablePDB"
	Skew            Code = "AgentPoolK8sVersionNotSupported"
	Capacity        Code = "AllocationFailed"
	BlockingWebhook Code = "UpgradeBlockedByWebhook"
	GateClosed      Code = "VersionGateNotAcknowledged"
	// NotChecked says that something could not be looked at.
	NotChecked Code = "UpgradeCheckIncomplete"
)

// Severity of a finding.
type Severity string

const (
	// Blocks the upgrade.
	Blocks Severity = "Blocks"
	// Warns of something that the upgrade begins in spite of.
	Warns Severity = "Warns"
	// Overridden would block, but the customer has overridden it.
	Overridden Severity = "Overridden"
)

// Finding of a check.
type Finding struct {
	Code     Code
	Severity Severity
	// Object is the name of what stands in the way.
	Object string
	// Message says what would go wrong and what to do, in whole sentences.
	Message string
}

func finding(c Code, s Severity, object, format string, args ...any) Finding {
	return Finding{c, s, object, fmt.Sprintf(format, args...)}
}

// unknown says that a question has no answer. It is as severe as the worst answer would be.
func unknown(s Severity, question, why string) Finding {
	return Finding{NotChecked, s, question, fmt.Sprintf("The %s were not checked: %s. Repeat the request when that has changed; `lotse cluster show` has the health of the control plane.", question, why)}
}

// Check an upgrade. What blocks comes first, and what could not be checked last.
func Check(f Facts) []Finding {
	all := slices.Concat(f.skew(), f.gates(), f.apis(), f.budgets(), f.webhooks(), f.surge())
	for i := range all {
		if f.Forced && all[i].Severity == Blocks && all[i].Code != Skew {
			all[i].Severity = Overridden
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return a.rank() - b.rank() })
	return all
}

func (f Finding) rank() int {
	rank := slices.Index([]Severity{Blocks, Overridden, Warns}, f.Severity) * 2
	if f.Code == NotChecked {
		rank++
	}
	return rank
}

// Refuses reports whether one of the findings blocks.
func Refuses(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == Blocks })
}

// drains reports whether the upgrade drains nodes.
func (f Facts) drains() bool {
	return slices.ContainsFunc(f.Pools, func(p Pool) bool { return p.Drained })
}

// nextMinor reports whether the upgrade goes to another minor.
func (f Facts) nextMinor() bool { return !f.From.SameMinor(f.To) }
