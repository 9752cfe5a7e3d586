package arm_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

const (
	clustersOf = "/providers/Microsoft.ContainerService/managedClusters/"
	groupBody  = `{"location":"local"}`
)

// bad is a request that must be refused, and how.
type bad struct {
	method, path, body string
	headers            []string
	status             int
	code               string
	// says must be in the answer; for a wrong property that is its path.
	says string
}

// stored is every object of Lotse's on the API server and its version.
func (w *world) stored() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, list := range []client.ObjectList{&v1alpha1.SubscriptionList{}, &v1alpha1.ResourceGroupList{}, &v1alpha1.ManagedClusterList{},
		&v1alpha1.AgentPoolList{}, &v1alpha1.PrincipalList{}, &v1alpha1.RoleAssignmentList{}} {
		must(w.t, w.client.List(context.Background(), list))
		objects, err := apimeta.ExtractList(list)
		must(w.t, err)
		for _, o := range objects {
			o := o.(client.Object)
			all[fmt.Sprintf("%T %s/%s", o, o.GetNamespace(), o.GetName())] = o.GetResourceVersion()
		}
	}
	return all
}

// refuse sends what must be refused and looks that nothing was written meanwhile.
func (w *world) refuse(t *testing.T, token string, table map[string]bad) {
	w.operator.paused.Store(true)
	before := w.stored()
	for sentence, c := range table {
		t.Run(sentence, func(t *testing.T) {
			a := w.do(token, c.method, c.path, c.body, c.headers...)
			got, _ := a.at("error.code").(string)
			if a.StatusCode != c.status || got != c.code {
				t.Fatalf("got %d %.300s, want %d %s", a.StatusCode, a.body, c.status, c.code)
			}
			if !strings.Contains(strings.ToLower(string(a.body)), strings.ToLower(c.says)) {
				t.Errorf("the answer does not say %q: %.400s", c.says, a.body)
			}
		})
	}
	after := w.stored()
	for name, version := range after {
		if before[name] != version {
			t.Errorf("%s was written by a request that was refused", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("there were %d objects and there are %d", len(before), len(after))
	}
}

func badBodies(t *testing.T, w *world) {
	put := func(body, code, says string, headers ...string) bad {
		status := map[string]int{"UnsupportedMediaType": 415, "RequestContentTooLarge": 413}[code]
		if status == 0 {
			status = 400
		}
		return bad{"PUT", rg + clustersOf + "bad" + v, body, headers, status, code, says}
	}
	const content, invalid = "InvalidRequestContent", "InvalidParameter"
	pool := func(p string) string {
		return `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System",` + p + `}]}}`
	}
	properties := func(p string) string {
		return `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1}],` + p + `}}`
	}
	count := "properties.agentPoolProfiles[0].count"
	w.refuse(t, w.token(admin), map[string]bad{
		"no body at all":                        put("", content, "it is empty"),
		"blanks":                                put("  \n", content, "it is empty"),
		"half an object":                        put(`{"location":"local"`, content, "unexpected EOF"),
		"garbage after the object":              put(created+`{}`, content, "something follows"),
		"an array":                              put(`[]`, content, "it is not an object"),
		"a string":                              put(`"local"`, content, "it is not an object"),
		"null":                                  put(`null`, content, "it is not an object"),
		"NaN":                                   put(pool(`"count":NaN`), content, "invalid character 'N'"),
		"infinity":                              put(pool(`"count":Infinity`), content, "invalid character 'I'"),
		"a comment":                             put(`{/* */}`, content, "invalid character '/'"),
		"a comma too many":                      put(`{"location":"local",}`, content, "invalid character '}'"),
		"single quotes":                         put(`{'location':'local'}`, content, "invalid character"),
		"a control character in a string":       put("{\"location\":\"lo\x01cal\"}", content, "invalid character"),
		"what is not UTF-8":                     put("{\"location\":\"\xff\xfe\"}", content, "it is not UTF-8"),
		"UTF-16":                                put("\xff\xfe{\x00}\x00", content, "it is not UTF-8"),
		"deep nesting":                          put(strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5000), content, "nested too deeply"),
		"deep nesting of arrays that never end": put(strings.Repeat(`[`, 100000), content, "nested too deeply"),
		"a property twice":                      put(`{"location":"local","location":"mars"}`, content, "location is there twice"),
		"a property of a pool twice":            put(pool(`"count":1,"count":2`), content, count+" is there twice"),
		"a property twice in another case":      put(pool(`"count":1,"Count":2`), invalid, "differ only in case"),
		"a form":                                put("location=local", "UnsupportedMediaType", "application/x-www-form-urlencoded", "Content-Type", "application/x-www-form-urlencoded"),
		"text":                                  put(created, "UnsupportedMediaType", "text/plain", "Content-Type", "text/plain"),
		"a content type that only sounds like it": put(created, "UnsupportedMediaType", "notjson", "Content-Type", "application/notjson"),
		"another character set":                   put(created, "UnsupportedMediaType", "utf-16", "Content-Type", "application/json; charset=utf-16"),
		"a content type that cannot be parsed":    put(created, "UnsupportedMediaType", "application/json", "Content-Type", "application/json; ;="),
		"a compressed body":                       put("\x1f\x8b", "UnsupportedMediaType", "gzip", "Content-Encoding", "gzip"),
		"4 MB and a little":                       put(strings.Repeat(" ", 4<<20)+created, "RequestContentTooLarge", "4194304"),

		"properties that are an array":        put(`{"location":"local","properties":[]}`, invalid, `"properties"`),
		"properties that are a number":        put(`{"location":"local","properties":7}`, invalid, `"properties"`),
		"a location that is an object":        put(`{"location":{}}`, invalid, `"location"`),
		"tags that are an array":              put(`{"location":"local","tags":["a"]}`, invalid, `"tags"`),
		"a tag that is a number":              put(`{"location":"local","tags":{"a":1}}`, invalid, `"tags"`),
		"a tag that is an object":             put(`{"location":"local","tags":{"a":{}}}`, invalid, `"tags"`),
		"pools that are an object":            put(`{"location":"local","properties":{"agentPoolProfiles":{}}}`, invalid, `"properties.agentPoolProfiles"`),
		"a pool that is a string":             put(`{"location":"local","properties":{"agentPoolProfiles":["np1"]}}`, invalid, `"properties.agentPoolProfiles[0]"`),
		"a pool that is null":                 put(`{"location":"local","properties":{"agentPoolProfiles":[null]}}`, invalid, `"properties.agentPoolProfiles[0]"`),
		"a pool whose name is a number":       put(`{"location":"local","properties":{"agentPoolProfiles":[{"name":5}]}}`, invalid, `"properties.agentPoolProfiles[0].name"`),
		"a pool without a name":               put(`{"location":"local","properties":{"agentPoolProfiles":[{"count":1}]}}`, invalid, `"properties.agentPoolProfiles[0].name"`),
		"a count that is a string":            put(pool(`"count":"3"`), invalid, count),
		"a count that is an object":           put(pool(`"count":{}`), invalid, count),
		"a count that is a boolean":           put(pool(`"count":true`), invalid, count),
		"half a node":                         put(pool(`"count":1.5`), invalid, count),
		"a count with an exponent":            put(pool(`"count":1e999999999`), invalid, count),
		"a count beyond 64 bits":              put(pool(`"count":99999999999999999999999`), invalid, count),
		"a count just beyond 32 bits":         put(pool(`"count":4294967297`), invalid, count),
		"no nodes in the only System pool":    put(pool(`"count":0`), invalid, count),
		"minus one node":                      put(pool(`"count":-1`), invalid, count),
		"10,000 nodes":                        put(pool(`"count":10000`), invalid, count),
		"a mode there is not":                 put(strings.Replace(pool(`"count":1`), "System", "Boss", 1), invalid, "properties.agentPoolProfiles[0].mode"),
		"a disk of one byte":                  put(pool(`"count":1,"osDiskSizeGB":1`), invalid, "properties.agentPoolProfiles[0].osDiskSizeGB"),
		"a disk of minus one":                 put(pool(`"count":1,"osDiskSizeGB":-1`), invalid, "properties.agentPoolProfiles[0].osDiskSizeGB"),
		"a disk of an exabyte":                put(pool(`"count":1,"osDiskSizeGB":1073741824`), invalid, "properties.agentPoolProfiles[0].osDiskSizeGB"),
		"a node for one pod":                  put(pool(`"count":1,"maxPods":1`), invalid, "properties.agentPoolProfiles[0].maxPods"),
		"a node for a thousand pods":          put(pool(`"count":1,"maxPods":1000`), invalid, "properties.agentPoolProfiles[0].maxPods"),
		"a label that is no label":            put(pool(`"count":1,"nodeLabels":{"a b":"c"}`), invalid, "properties.agentPoolProfiles[0].nodeLabels"),
		"a label's value that is none":        put(pool(`"count":1,"nodeLabels":{"a":"`+strings.Repeat("b", 64)+`"}`), invalid, "properties.agentPoolProfiles[0].nodeLabels"),
		"labels of Kubernetes itself":         put(pool(`"count":1,"nodeLabels":{"node-role.kubernetes.io/master":"x"}`), invalid, "properties.agentPoolProfiles[0].nodeLabels"),
		"taints that are a string":            put(pool(`"count":1,"nodeTaints":"a=b:NoSchedule"`), invalid, "properties.agentPoolProfiles[0].nodeTaints"),
		"a taint that is a number":            put(pool(`"count":1,"nodeTaints":[1]`), invalid, "properties.agentPoolProfiles[0].nodeTaints"),
		"a taint with an effect there is not": put(pool(`"count":1,"nodeTaints":["a=b:NoWay"]`), invalid, "properties.agentPoolProfiles[0].nodeTaints"),
		"a taint's key and effect twice":      put(pool(`"count":1,"nodeTaints":["app=a:NoSchedule","app=b:NoSchedule"]`), invalid, "properties.agentPoolProfiles[0].nodeTaints"),
		"a System pool for own Pods only":     put(pool(`"count":1,"nodeTaints":["own=1:NoSchedule"]`), "SystemPoolHasRestrictedTaint", "properties.agentPoolProfiles[0].nodeTaints"),
		"a label that the service sets":       put(pool(`"count":1,"nodeLabels":{"agentpool":"mine"}`), invalid, "properties.agentPoolProfiles[0].nodeLabels"),
		"two faults in one message":           put(pool(`"count":-1,"maxPods":1`), invalid, "properties.agentPoolProfiles[0].maxPods is invalid"),
		"too many taints":                     put(pool(`"count":1,"nodeTaints":["`+strings.Repeat(`a=b:NoSchedule","`, 50)+`a=b:NoSchedule"]`), invalid, "properties.agentPoolProfiles[0].nodeTaints"),
		"more labels than can be stored":      put(pool(`"count":1,"nodeLabels":{`+many(9000)+`}`), invalid, "properties.agentPoolProfiles[0].nodeLabels"),
		"a pool's tags beyond the rules":      put(pool(`"count":1,"tags":{"a?":"b"}`), "InvalidTag", "properties.agentPoolProfiles[0].tags"),
		"a version that is a number":          put(properties(`"kubernetesVersion":1.36`), invalid, "properties.kubernetesVersion"),
		"a version that is none":              put(properties(`"kubernetesVersion":"latest; rm -rf /"`), "K8sVersionNotSupported", "properties.kubernetesVersion"),
		"a DNS prefix with a dot":             put(properties(`"dnsPrefix":"a.b"`), invalid, "properties.dnsPrefix"),
		"a DNS prefix of 55 letters":          put(properties(`"dnsPrefix":"`+strings.Repeat("a", 55)+`"`), invalid, "properties.dnsPrefix"),
		"a secret of one's own":               put(properties(`"servicePrincipalProfile":{"clientId":"x","secret":"y"}`), invalid, "properties.servicePrincipalProfile"),
		"a private cluster":                   put(properties(`"apiServerAccessProfile":{"enablePrivateCluster":true}`), invalid, "properties.apiServerAccessProfile"),
		"a node group with a slash":           put(properties(`"nodeResourceGroup":"a/b"`), "InvalidResourceGroup", "a/b"),
		"a node group of 81 letters":          put(properties(`"nodeResourceGroup":"`+strings.Repeat("a", 81)+`"`), invalid, "nodeResourceGroup"),
		"a node group that is its own group":  put(properties(`"nodeResourceGroup":"RG1"`), invalid, "properties.nodeResourceGroup"),
		"a node group that exists":            {"PUT", rg + clustersOf + "bad" + v, properties(`"nodeResourceGroup":"mine"`), nil, 409, "Conflict", "properties.nodeResourceGroup"},
		"a node group that is another's":      {"PUT", rg + clustersOf + "bad" + v, properties(`"nodeResourceGroup":"mc_rg1_c1_LOCAL"`), nil, 409, "Conflict", "properties.nodeResourceGroup"},
		"everything wrong at once is named":   put(pool(`"count":-1,"maxPods":1,"x":1`), invalid, "agentPoolProfiles[0].x"),
	})
}

// many labels, each a valid one.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"label-%d-%s":"x",`, i, strings.Repeat("y", 50))
	}
	return strings.TrimSuffix(b.String(), ",")
}

func badNetworks(t *testing.T, w *world) {
	network := func(profile, code, field string) bad {
		body := `{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":5}],"networkProfile":{` + profile + `}}}`
		return bad{"PUT", rg + clustersOf + "bad" + v, body, nil, 400, code, "properties.networkProfile." + field}
	}
	const invalid, dns = "InvalidParameter", "DnsServiceIpOutOfServiceCidr"
	w.refuse(t, w.token(admin), map[string]bad{
		"a plugin there is not":                               network(`"networkPlugin":"cilium2"`, invalid, "networkPlugin"),
		"a CIDR that is a number":                             network(`"podCidr":10`, invalid, "podCidr"),
		"a CIDR without a prefix":                             network(`"podCidr":"10.1.0.0"`, invalid, "podCidr"),
		"a CIDR with a prefix beyond 32":                      network(`"podCidr":"10.1.0.0/33"`, invalid, "podCidr"),
		"a CIDR with host bits":                               network(`"podCidr":"10.1.2.3/16"`, invalid, "podCidr"),
		"a CIDR with leading zeros":                           network(`"podCidr":"010.1.0.0/16"`, invalid, "podCidr"),
		"a CIDR with a word":                                  network(`"serviceCidr":"internet"`, invalid, "serviceCidr"),
		"IPv6 pods":                                           network(`"podCidr":"fd00::/48"`, invalid, "podCidr"),
		"IPv6 services":                                       network(`"serviceCidr":"fd00::/108"`, invalid, "serviceCidr"),
		"IPv4 in IPv6's clothes":                              network(`"podCidr":"::ffff:10.1.0.0/112"`, invalid, "podCidr"),
		"two address families":                                network(`"podCidrs":["10.1.0.0/16","fd00::/48"]`, invalid, "podCidrs"),
		"a list of CIDRs that is a string":                    network(`"podCidrs":"10.1.0.0/16"`, invalid, "podCidrs"),
		"IPv6 as a family":                                    network(`"ipFamilies":["IPv6"]`, invalid, "ipFamilies"),
		"the whole internet for pods":                         network(`"podCidr":"0.0.0.0/0"`, invalid, "podCidr"),
		"a pod network that is too small for a node":          network(`"podCidr":"10.1.0.0/25"`, invalid, "podCidr"),
		"a pod network with addresses for four of five nodes": network(`"podCidr":"10.1.0.0/22"`, invalid, "podCidr"),
		"a service network that is too small":                 network(`"serviceCidr":"10.1.0.0/29"`, invalid, "serviceCidr"),
		"a service network as large as /11":                   network(`"serviceCidr":"10.0.0.0/11","podCidr":"172.16.0.0/16"`, invalid, "serviceCidr"),
		"pods inside services":                                network(`"podCidr":"10.1.0.0/20","serviceCidr":"10.1.0.0/16"`, invalid, "serviceCidr"),
		"services inside pods":                                network(`"podCidr":"10.1.0.0/16","serviceCidr":"10.1.0.0/20"`, invalid, "serviceCidr"),
		"the management cluster's Pods":                       network(`"podCidr":"100.96.0.0/16"`, invalid, "podCidr"),
		"the management cluster's Services":                   network(`"serviceCidr":"100.97.0.0/16"`, invalid, "serviceCidr"),
		"the host's own addresses":                            network(`"podCidr":"100.98.0.0/20"`, invalid, "podCidr"),
		"all of the management networks from above":           network(`"podCidr":"100.64.0.0/10"`, invalid, "podCidr"),
		"loopback":                         network(`"podCidr":"127.0.0.0/16"`, invalid, "podCidr"),
		"link-local":                       network(`"podCidr":"169.254.0.0/16"`, invalid, "podCidr"),
		"multicast":                        network(`"podCidr":"224.0.0.0/16"`, invalid, "podCidr"),
		"DNS that is no address":           network(`"dnsServiceIP":"dns"`, invalid, "dnsServiceIP"),
		"DNS with IPv6":                    network(`"dnsServiceIP":"fd00::10"`, invalid, "dnsServiceIP"),
		"DNS outside its network":          network(`"dnsServiceIP":"10.1.0.10"`, dns, "dnsServiceIP"),
		"DNS at the network's own address": network(`"dnsServiceIP":"10.0.0.0"`, dns, "dnsServiceIP"),
		"DNS at the first address, which is Kubernetes'":   network(`"dnsServiceIP":"10.0.0.1"`, dns, "dnsServiceIP"),
		"DNS at the broadcast address":                     network(`"dnsServiceIP":"10.0.255.255"`, dns, "dnsServiceIP"),
		"a network policy engine that is not there":        network(`"networkPolicy":"calico"`, invalid, "networkPolicy"),
		"an outbound type that is not there":               network(`"outboundType":"userDefinedRouting"`, invalid, "outboundType"),
		"an unknown property of the network":               network(`"colour":"blue"`, invalid, "colour"),
		"a network that contradicts itself in two notions": network(`"podCidr":"10.1.0.0/16","podCidrs":["10.2.0.0/16"]`, invalid, "podCidrs"),
	})
}

func badNames(t *testing.T, w *world) {
	cluster := func(name, code string, status int) bad {
		return bad{"PUT", rg + clustersOf + name + v, created, nil, status, code, ""}
	}
	group := func(name, code string) bad {
		return bad{"PUT", s1 + "/resourceGroups/" + name + v, groupBody, nil, 400, code, ""}
	}
	pool := func(name string) bad {
		return bad{"PUT", mc + "/agentPools/" + name + v, `{"properties":{"count":1}}`, nil, 400, "InvalidParameter", "agentPoolName"}
	}
	tags := func(tags, says string) bad {
		return bad{"PUT", rg + v, `{"location":"local","tags":` + tags + `}`, nil, 400, "InvalidTag", says}
	}
	const parameter, noGroup, url = "InvalidParameter", "InvalidResourceGroup", "InvalidRequestUri"
	w.refuse(t, w.token(admin), map[string]bad{
		"a cluster's name with a space":           cluster("a%20b", parameter, 400),
		"a cluster's name of 64 letters":          cluster(strings.Repeat("a", 64), parameter, 400),
		"a cluster's name that ends in a hyphen":  cluster("a-", parameter, 400),
		"a cluster's name that begins with _":     cluster("_a", parameter, 400),
		"a cluster's name in Cyrillic":            cluster("%D0%B0", parameter, 400),
		"a cluster's name with a line break":      cluster("a%0Ab", url, 400),
		"a cluster's name with a quote":           cluster("a%27b", parameter, 400),
		"a cluster's name with a percent sign":    cluster("a%2525", parameter, 400),
		"a cluster's name with a zero byte":       cluster("a%00", url, 400),
		"a cluster's name with a slash":           cluster("a%2Fb", url, 400),
		"a cluster's name with a backslash":       cluster("a%5Cb", url, 400),
		"a cluster's name that climbs":            cluster("%2E%2E", url, 400),
		"a group's name that climbs":              group("..%2F..%2Fmine", url),
		"a group's name that is not UTF-8":        group("a%FF", url),
		"a group's name with a slash":             group("a%2Fb", url),
		"a group's name with a question mark":     group("a%3Fb", noGroup),
		"a group's name with a space":             group("a%20b", noGroup),
		"a group's name with an emoji":            group("%F0%9F%98%80", noGroup),
		"a group's name that ends in a period":    group("a.", noGroup),
		"a group's name of 91 letters":            group(strings.Repeat("a", 91), noGroup),
		"a group's name of 91 letters of Greek":   group(strings.Repeat("%CE%B1", 91), noGroup),
		"a pool's name with a capital":            pool("Np"),
		"a pool's name of 13 letters":             pool("abcdefghijklm"),
		"a pool's name that begins with a digit":  pool("1np"),
		"a pool's name with a hyphen":             pool("n-p"),
		"51 tags":                                 tags("{"+strings.ReplaceAll(many(51), "-"+strings.Repeat("y", 50), "")+"}", "51 tags"),
		"a tag's name of 513 letters":             tags(`{"`+strings.Repeat("k", 513)+`":"v"}`, "512"),
		"a tag's value of 257 letters":            tags(`{"k":"`+strings.Repeat("v", 257)+`"}`, "256"),
		"a tag without a name":                    tags(`{"":"v"}`, "tag name"),
		"a tag with a forbidden character":        tags(`{"a<b":"v"}`, "none of"),
		"a tag with a percent sign":               tags(`{"a%b":"v"}`, "a%b"),
		"a tag with a line break in its name":     tags(`{"a\nb":"v"}`, "tag name"),
		"a tag that is the service's":             tags(`{"aks-managed-x":"v"}`, "aks-managed-"),
		"two tags that differ in case only":       tags(`{"a":"1","A":"2"}`, "differ only in case"),
		"a location that is another":              {"PUT", s1 + "/resourceGroups/new" + v, `{"location":"mars"}`, nil, 400, "LocationNotAvailableForResourceGroup", "location"},
		"a location that is a number":             {"PUT", s1 + "/resourceGroups/new" + v, `{"location":1}`, nil, 400, parameter, "location"},
		"a group in an unknown subscription":      {"PUT", "/subscriptions/" + tenant + "/resourceGroups/x" + v, groupBody, nil, 404, "SubscriptionNotFound", tenant},
		"a subscription that is no GUID":          {"PUT", "/subscriptions/x/resourceGroups/x" + v, groupBody, nil, 404, "SubscriptionNotFound", "'x'"},
		"a cluster in an unknown group":           {"PUT", s1 + "/resourceGroups/none" + clustersOf + "x" + v, created, nil, 404, "ResourceGroupNotFound", "none"},
		"a pool of an unknown cluster":            {"PUT", rg + clustersOf + "none/agentPools/np1" + v, `{}`, nil, 404, "ResourceNotFound", "none"},
		"an unknown property of a group":          {"PUT", rg + v, `{"location":"local","colour":"red"}`, nil, 400, parameter, `"colour"`},
		"another owner of the group":              {"PUT", rg + v, `{"location":"local","managedBy":"/x"}`, nil, 400, parameter, `"managedBy"`},
		"a group moved elsewhere":                 {"PUT", rg + v, `{"location":"mars"}`, nil, 409, "InvalidResourceGroupLocation", "location"},
		"a pool's count that is a string":         {"PUT", mc + "/agentPools/np9" + v, `{"properties":{"count":"1"}}`, nil, 400, parameter, `"properties.count"`},
		"a pool's properties that are a number":   {"PUT", mc + "/agentPools/np9" + v, `{"properties":1}`, nil, 400, parameter, `"properties"`},
		"a property of a pool at the wrong level": {"PUT", mc + "/agentPools/np9" + v, `{"count":1}`, nil, 400, parameter, `"count"`},
	})
}

func badAddresses(t *testing.T, w *world) {
	get := func(path string, status int, code, says string) bad {
		return bad{"GET", path, "", nil, status, code, says}
	}
	list, groups := s1+"/providers/Microsoft.ContainerService/managedClusters", s1+"/resourceGroups"
	const url = "InvalidRequestUri"
	table := map[string]bad{
		"no api-version":                           get(list, 400, "MissingApiVersionParameter", ""),
		"an empty api-version":                     get(list+"?api-version=", 400, "MissingApiVersionParameter", ""),
		"an api-version from before":               get(list+"?api-version=2016-01-01", 400, "NoRegisteredProviderFound", "2016-01-01"),
		"an api-version that is no date":           get(list+"?api-version=latest", 400, "InvalidApiVersionParameter", "latest"),
		"an api-version with more after it":        get(list+"?api-version=2025-02-01%20OR%201=1", 400, "InvalidApiVersionParameter", ""),
		"a date that there never was":              get(list+"?api-version=2025-13-41", 400, "InvalidApiVersionParameter", ""),
		"two api-versions":                         get(list+v+"&api-version=2024-01-01", 400, url, "api-version"),
		"two api-versions in different case":       get(list+v+"&API-Version=2024-01-01", 400, url, "api-version"),
		"a query that is cut off":                  get(list+v+"&$top=%zz", 400, url, "%zz"),
		"a query with a semicolon":                 get(list+v+";$top=1", 400, url, "semicolon"),
		"an URL of 10,000 bytes":                   get("/subscriptions/"+strings.Repeat("x", 10000), 414, "RequestUriTooLong", "8192"),
		"a path that climbs":                       get(s1+"/%2e%2e/"+sub2+v, 400, url, ""),
		"a slash in disguise":                      get(s1+"%2FresourceGroups"+v, 400, url, ""),
		"a path that is not UTF-8":                 get(s1+"/resourceGroups/%C3%28"+v, 400, url, ""),
		"a method there is not":                    {"BREW", rg + v, "", nil, 405, "HttpMethodNotSupported", "GET"},
		"a method that this has not":               {"POST", mc + v, "{}", nil, 405, "HttpMethodNotSupported", "PUT"},
		"a list cannot be deleted":                 {"DELETE", groups + v, "", nil, 405, "HttpMethodNotSupported", "GET"},
		"a type there is not":                      get(rg+"/providers/Microsoft.ContainerService/unmanagedClusters/x"+v, 404, "InvalidResourceType", "unmanagedClusters"),
		"a $top that is a word":                    get(groups+v+"&$top=all", 400, "BadRequest", "$top"),
		"a $top of nothing":                        get(groups+v+"&$top=0", 400, "BadRequest", "$top"),
		"a $top below nothing":                     get(groups+v+"&$top=-1", 400, "BadRequest", "$top"),
		"a $top beyond 64 bits":                    get(groups+v+"&$top=99999999999999999999", 400, "BadRequest", "$top"),
		"two $tops":                                get(groups+v+"&$top=1&$TOP=2", 400, url, "$top"),
		"a $skipToken that is a word":              get(groups+v+"&$skipToken=!!!", 400, "BadRequest", "$skipToken"),
		"a $skipToken that is not of ours":         get(groups+v+"&$skipToken=AAAA_w", 400, "BadRequest", "$skipToken"),
		"a $filter without a value":                get(groups+v+"&$filter=tagName%20eq", 400, "InvalidFilterInQueryString", "$filter"),
		"a $filter of a field that is not one":     get(groups+v+"&$filter=password%20eq%20'x'", 400, "InvalidFilterInQueryString", "$filter"),
		"a $filter that does not end":              get(groups+v+"&$filter=tagName%20eq%20'x", 400, "InvalidFilterInQueryString", "$filter"),
		"a $filter with or":                        get(groups+v+"&$filter=tagName%20eq%20'x'%20or%20name%20eq%20'y'", 400, "InvalidFilterInQueryString", "$filter"),
		"a $filter with a call":                    get(groups+v+"&$filter=startswith(name,'x')", 400, "InvalidFilterInQueryString", "$filter"),
		"a $filter of a thousand terms":            get(s1+"/resources"+v+"&$filter="+strings.Repeat("name%20eq%20'x'%20and%20", 300)+"x", 400, "InvalidFilterInQueryString", "$filter"),
		"an operation that is none":                get(s1+"/providers/Microsoft.ContainerService/locations/local/operations/x.y.z"+v, 404, "OperationNotFound", ""),
		"two conditions":                           {"PUT", mc + v, "{}", []string{"If-Match", "*", "If-None-Match", "*"}, 400, "BadRequest", "cannot be combined"},
		"an If-Match of two tags":                  {"PUT", mc + v, "{}", []string{"If-Match", `"a", "b"`}, 400, "BadRequest", "If-Match"},
		"an If-Match of nothing":                   {"PUT", mc + v, "{}", []string{"If-Match", `""`}, 400, "BadRequest", "If-Match"},
		"an If-None-Match of a tag":                {"PUT", mc + v, "{}", []string{"If-None-Match", `"a"`}, 400, "BadRequest", "If-None-Match"},
		"a stale If-Match":                         {"PUT", mc + v, "{}", []string{"If-Match", `"a"`}, 412, "PreconditionFailed", "a"},
		"a PATCH of what tags cannot change":       {"PATCH", mc + v, `{"tags":{},"location":"mars"}`, nil, 400, "InvalidParameter", "location"},
		"a DELETE of the only System pool":         {"DELETE", mc + "/agentPools/nodepool1" + v, "", nil, 400, "BadRequest", "System"},
		"a DELETE of a node group by itself":       {"DELETE", s1 + "/resourceGroups/none" + v, "", nil, 404, "ResourceGroupNotFound", "none"},
		"a location that this is not":              get(s1+"/providers/Microsoft.ContainerService/locations/mars/usages"+v, 400, "LocationNotAvailableForResourceType", "mars"),
		"an orchestrator list of another location": get(s1+"/providers/Microsoft.ContainerService/locations/mars/kubernetesVersions"+v, 400, "LocationNotAvailableForResourceType", "mars"),
	}
	w.refuse(t, w.token(admin), table)
	if a := w.do(w.token(admin), "POST", mc+v, "{}"); a.Header.Get("Allow") != "GET, PUT, PATCH, DELETE" {
		t.Errorf("got Allow %q", a.Header.Get("Allow"))
	}
}

func badTokens(t *testing.T, w *world) {
	good := w.token(admin)
	parts := strings.Split(good, ".")
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(good, claims)
	must(t, err)
	signed := func(method jwt.SigningMethod, key any, change ...func(jwt.MapClaims)) string {
		changed := jwt.MapClaims{}
		for name, value := range claims {
			changed[name] = value
		}
		for _, c := range change {
			c(changed)
		}
		token := jwt.NewWithClaims(method, changed)
		token.Header["kid"] = parsed.Header["kid"]
		s, err := token.SignedString(key)
		must(t, err)
		return s
	}
	set := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&w.key.PublicKey)})
	der, err := x509.MarshalPKIXPublicKey(&w.key.PublicKey)
	must(t, err)
	hour := time.Now().Add(time.Hour).Unix()
	for sentence, c := range map[string]struct{ authorization, code string }{
		"no token":                                   {"", "AuthenticationFailed"},
		"a password instead":                         {"Basic YWRtaW46czNjcmV0", "AuthenticationFailed"},
		"no scheme":                                  {good, "AuthenticationFailed"},
		"an empty token":                             {"Bearer ", "AuthenticationFailed"},
		"what is no token":                           {"Bearer x", "InvalidAuthenticationToken"},
		"three dots":                                 {"Bearer ...", "InvalidAuthenticationToken"},
		"a token of a megabyte is too long":          {"Bearer " + strings.Repeat("x", 40000), "InvalidAuthenticationToken"},
		"a token without its signature":              {"Bearer " + parts[0] + "." + parts[1] + ".", "InvalidAuthenticationToken"},
		"a token with another's signature":           {"Bearer " + parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), "InvalidAuthenticationToken"},
		"algorithm none":                             {"Bearer " + signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), "InvalidAuthenticationToken"},
		"another key":                                {"Bearer " + signed(jwt.SigningMethodRS256, key), "InvalidAuthenticationToken"},
		"HS256 with the public key as PKCS #1":       {"Bearer " + signed(jwt.SigningMethodHS256, public), "InvalidAuthenticationToken"},
		"HS256 with the public key as DER":           {"Bearer " + signed(jwt.SigningMethodHS256, der), "InvalidAuthenticationToken"},
		"our key with another algorithm":             {"Bearer " + signed(jwt.SigningMethodPS256, w.key), "InvalidAuthenticationToken"},
		"an expired token":                           {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("exp", time.Now().Add(-time.Hour).Unix())), "ExpiredAuthenticationToken"},
		"a token without an end":                     {"Bearer " + signed(jwt.SigningMethodRS256, w.key, func(c jwt.MapClaims) { delete(c, "exp") }), "InvalidAuthenticationToken"},
		"a token that is not good yet":               {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("nbf", hour)), "InvalidAuthenticationToken"},
		"a token for another audience":               {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("aud", "https://management.azure.com/")), "InvalidAuthenticationTokenAudience"},
		"a token for no audience":                    {"Bearer " + signed(jwt.SigningMethodRS256, w.key, func(c jwt.MapClaims) { delete(c, "aud") }), "InvalidAuthenticationToken"},
		"a token of another issuer":                  {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("iss", "https://sts.windows.net/x/")), "InvalidAuthenticationToken"},
		"a token of another tenant":                  {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("tid", sub2)), "InvalidAuthenticationTokenTenant"},
		"a token of another use":                     {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("token_use", "id")), "InvalidAuthenticationToken"},
		"a token of an unknown principal":            {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("oid", tenant)), "InvalidAuthenticationToken"},
		"a token whose principal is a path":          {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("oid", "../"+admin)), "InvalidAuthenticationToken"},
		"a token whose principal is a number":        {"Bearer " + signed(jwt.SigningMethodRS256, w.key, set("oid", 7)), "InvalidAuthenticationToken"},
		"a token whose claims are an array":          {"Bearer " + parts[0] + ".W10." + parts[2], "InvalidAuthenticationToken"},
		"a token that says it holds another's claim": {"Bearer " + parts[0] + "." + strings.Split(w.token(reader), ".")[1] + "." + parts[2], "InvalidAuthenticationToken"},
	} {
		t.Run(sentence, func(t *testing.T) {
			headers := []string{"Authorization", c.authorization}
			if c.authorization == "" {
				headers = nil
			}
			a := w.want(t, w.do("", "GET", "/subscriptions"+v, "", headers...), 401, c.code)
			if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer authorization_uri=") {
				t.Errorf("got %v", a.Header)
			}
		})
	}
	w.want(t, w.do("", "GET", "/subscriptions"+v, "", "Authorization", "Bearer "+signed(jwt.SigningMethodRS256, w.key)), http.StatusOK, "")
}
