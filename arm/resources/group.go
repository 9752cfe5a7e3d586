package resources

import (
	"net/http"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
)

type groupProperties struct {
	ProvisioningState string `json:"provisioningState"`
}

type groupBody struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags,omitempty"`
	ManagedBy  string            `json:"managedBy,omitempty"`
	Properties groupProperties   `json:"properties"`
}

// subscriptionID of a resource group, from its namespace.
func subscriptionID(g *v1alpha1.ResourceGroup) string {
	return strings.TrimPrefix(g.Namespace, v1alpha1.SubscriptionNamespace(""))
}

// groupOf shows a resource group. A write is done when it is stored, so the state is Succeeded or Deleting.
func groupOf(subscription string, g *v1alpha1.ResourceGroup) groupBody {
	b := groupBody{
		ID: v1alpha1.ResourceGroupID(subscription, g.Spec.Name), Name: g.Spec.Name, Type: "Microsoft.Resources/resourceGroups",
		Location: g.Spec.Location, Tags: g.Spec.Tags, ManagedBy: g.Spec.ManagedBy, Properties: groupProperties{"Succeeded"},
	}
	if g.DeletionTimestamp != nil {
		b.Properties.ProvisioningState = v1alpha1.Deleting
	}
	return b
}

// readGroup changes spec into what the body asks for. Properties that the body does not name stay.
func readGroup(r *http.Request, location string, present *groupBody, spec *v1alpha1.ResourceGroupSpec) error {
	var now any
	if present != nil {
		now = present
	}
	o, err := body.Read(r, now)
	if err != nil {
		return err
	}
	o.Ignored("id", "name", "type")
	o.Fixed("managedBy", "Only Lotse sets the managing resource of a group")
	p := o.Object("properties")
	p.Ignored("provisioningState")
	_ = p.Finish()
	if asked, ok := o.String("location"); ok {
		o.Fail(relocate(spec, asked, location))
	}
	if tags, ok := o.Map("tags"); ok {
		spec.Tags = tags
		o.Fail(naming.Tags(tags, "tags"))
	}
	if spec.Location == "" {
		o.Fail(fault.New(fault.InvalidParameter, "The location property is required for this definition. Send '%s'.", location).At("location"))
	}
	return o.Finish()
}

func relocate(spec *v1alpha1.ResourceGroupSpec, asked, location string) error {
	switch to := naming.Location(asked); {
	case spec.Location != "" && to != naming.Location(spec.Location):
		return fault.New(fault.InvalidGroupLocation, "Invalid resource group location '%s'. The Resource group already exists in location '%s'.",
			asked, spec.Location).At("location")
	case to != naming.Location(location):
		return fault.New(fault.LocationNotAvailableGroup, "The provided location '%s' is not available for resource group. "+
			"List of available regions is '%s'.", asked, location).At("location")
	}
	spec.Location = naming.Location(location)
	return nil
}
