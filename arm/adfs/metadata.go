package adfs

import (
	"net/http"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// metadata lists the endpoints of this cloud, in the form of the api-version that it asks for.
func (l *Login) metadata(w http.ResponseWriter, r *route.Request) error {
	switch version := r.APIVersion(); {
	case version == "":
		return fault.New(fault.MissingAPIVersion, "The api-version query parameter (?api-version=) is required for all requests.")
	case version < "2018":
		return route.JSON(w, http.StatusOK, firstMetadata(r))
	case version < "2022":
		return route.JSON(w, http.StatusOK, []cloud{metadataOf(r)})
	default:
		return route.JSON(w, http.StatusOK, entraMetadata(r))
	}
}

type oldAuthentication struct {
	LoginEndpoint string   `json:"loginEndpoint"`
	Audiences     []string `json:"audiences"`
}

type oldCloud struct {
	GalleryEndpoint string            `json:"galleryEndpoint"`
	GraphEndpoint   string            `json:"graphEndpoint"`
	PortalEndpoint  string            `json:"portalEndpoint"`
	Authentication  oldAuthentication `json:"authentication"`
}

func firstMetadata(r *route.Request) oldCloud {
	base := r.Base() + "/"
	return oldCloud{base, base, base, oldAuthentication{authority(r), []string{base}}}
}

type authentication struct {
	LoginEndpoint    string   `json:"loginEndpoint"`
	Audiences        []string `json:"audiences"`
	Tenant           string   `json:"tenant"`
	IdentityProvider string   `json:"identityProvider"`
}

type cloud struct {
	Name            string            `json:"name"`
	Portal          string            `json:"portal"`
	Graph           string            `json:"graph"`
	GraphAudience   string            `json:"graphAudience"`
	MicrosoftGraph  string            `json:"microsoftGraphResourceId,omitempty"`
	Gallery         string            `json:"gallery"`
	ResourceManager string            `json:"resourceManager"`
	Authentication  authentication    `json:"authentication"`
	Suffixes        map[string]string `json:"suffixes"`
}

func metadataOf(r *route.Request) cloud {
	base := r.Base() + "/"
	return cloud{
		Name: "Lotse", Portal: base, Graph: base, GraphAudience: base, Gallery: base, ResourceManager: base,
		Authentication: authentication{
			LoginEndpoint: authority(r), Audiences: []string{base}, Tenant: "adfs", IdentityProvider: "ADFS",
		},
		Suffixes: map[string]string{
			"acrLoginServer": r.Host, "keyVaultDns": "vault." + r.Host, "storage": "storage." + r.Host, "sqlServerHostname": "sql." + r.Host,
		},
	}
}

// entraMetadata is the form since 2022-09-01, which Terraform's azurerm asks for. It refuses clouds whose identity provider is ADFS, and needs
// a resource to log in to for Microsoft Graph, although it sends Graph no request.
func entraMetadata(r *route.Request) cloud {
	c := metadataOf(r)
	c.MicrosoftGraph = c.ResourceManager
	c.Authentication.Tenant, c.Authentication.IdentityProvider = "common", "AAD"
	return c
}
