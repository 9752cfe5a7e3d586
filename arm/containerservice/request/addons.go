package request

import (
	"regexp"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
)

// maxAddons is several times as many as AKS has.
const maxAddons = 64

var addonName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]{0,63}$`)

// decodeAddons takes add-ons of AKS that are switched off, as its clients do with those that they know. None can be switched on.
func decodeAddons(p *body.Object, spec *v1alpha1.ManagedClusterSpec) {
	for _, addon := range p.Members("addonProfiles") {
		addon.Ignored("config", "identity") // they mean nothing for an add-on that is off
		addon.Always("enabled", false, "Lotse has no such add-on; send false, or leave it out")
		if !addonName.MatchString(addon.Name) {
			p.Fail(fault.New(fault.InvalidParameter, "The add-on name '%.80s' is not valid: it must have 1 to 64 letters or digits and begin "+
				"with a letter.", addon.Name).At(p.Path("addonProfiles")))
		}
		known := slices.ContainsFunc(spec.DisabledAddons, func(name string) bool { return strings.EqualFold(name, addon.Name) })
		if !known {
			spec.DisabledAddons = append(spec.DisabledAddons, addon.Name)
		}
		_ = addon.Finish()
	}
	if len(spec.DisabledAddons) > maxAddons {
		p.Fail(fault.New(fault.InvalidParameter, "There are %d add-ons; at most %d can be named.", len(spec.DisabledAddons), maxAddons).
			At(p.Path("addonProfiles")))
	}
	slices.Sort(spec.DisabledAddons)
}
