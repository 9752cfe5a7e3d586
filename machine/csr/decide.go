// Package csr decides which certificates machines get. Nothing else approves a certificate of a kubelet: the token that authenticates the
// request, the name in it and the machine that the service made have to match.
package csr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"

	"lotse.dev/machine/boot"
	"lotse.dev/machine/bootstrap"
)

// addressDelay is how long Machine.Address may still be the old one after a machine started again.
const addressDelay = time.Minute

// Machine is the machine whose hostname a request names.
type Machine struct {
	Hostname string
	Token    bootstrap.Token
	// Address of the machine, empty while it is not known.
	Address string
	// Deleting: the machine is being deleted.
	Deleting bool
}

func (m Machine) user() string { return boot.NodeUserPrefix + m.Hostname }

// Verdict on a request.
type Verdict string

// Verdicts.
const (
	// Ignore: not a kubelet's request, or decided already.
	Ignore  Verdict = "Ignore"
	Approve Verdict = "Approve"
	Deny    Verdict = "Deny"
	// Wait: it cannot be decided yet.
	Wait Verdict = "Wait"
)

// Decision and its reason, for users.
type Decision struct {
	Verdict Verdict
	Reason  string
}

// Decide on a request. m is nil when no machine has the name in it.
func Decide(r Request, m *Machine) Decision {
	switch r.Signer {
	case certificatesv1.KubeAPIServerClientKubeletSignerName:
		return decide(r, m, checkClientForm, decideClient)
	case certificatesv1.KubeletServingSignerName:
		return decide(r, m, checkServingForm, decideServing)
	}
	return Decision{Ignore, "not a kubelet's certificate"}
}

// decide denies a request of the wrong form or for no machine before it looks at the requester.
func decide(r Request, m *Machine, checkForm func(Request) string, decideForm func(Request, Machine) Decision) Decision {
	if r.Decided {
		return Decision{Ignore, "decided already"}
	}
	if wrong := checkForm(r); wrong != "" {
		return Decision{Deny, wrong}
	}
	switch {
	case m == nil || m.user() != r.CommonName:
		return Decision{Deny, fmt.Sprintf("no machine is called %q", r.Hostname())}
	case m.Deleting:
		return Decision{Deny, fmt.Sprintf("machine %s is being deleted", m.Hostname)}
	}
	return decideForm(r, *m)
}

func checkClientForm(r Request) string {
	switch {
	case r.Malformed != "":
		return r.Malformed
	case len(r.DNSNames)+len(r.IPs)+r.OtherNames > 0:
		return "a kubelet's client certificate has no alternative names"
	}
	return checkSubjectAndUsages(r, certificatesv1.UsageClientAuth)
}

func checkServingForm(r Request) string {
	switch {
	case r.Malformed != "":
		return r.Malformed
	case r.OtherNames > 0:
		return "a kubelet's serving certificate has no mail addresses and URIs"
	case len(r.DNSNames)+len(r.IPs) == 0:
		return "a kubelet's serving certificate names at least one host or address"
	}
	return checkSubjectAndUsages(r, certificatesv1.UsageServerAuth)
}

func checkSubjectAndUsages(r Request, purpose certificatesv1.KeyUsage) string {
	switch {
	case !strings.HasPrefix(r.CommonName, boot.NodeUserPrefix) || r.Hostname() == "":
		return fmt.Sprintf("common name %q is not a node's", r.CommonName)
	case !slices.Equal(r.Organizations, []string{boot.NodesGroup}):
		return fmt.Sprintf("organizations %q are not exactly %q", r.Organizations, boot.NodesGroup)
	case !slices.Contains(r.Usages, purpose):
		return fmt.Sprintf("usage %q is missing", purpose)
	}
	allowed := []certificatesv1.KeyUsage{purpose, certificatesv1.UsageDigitalSignature, certificatesv1.UsageKeyEncipherment}
	for _, u := range r.Usages {
		if !slices.Contains(allowed, u) {
			return fmt.Sprintf("usage %q is not a kubelet's", u)
		}
	}
	return ""
}

// decideClient approves a machine with its own token, and a node that renews its own certificate.
func decideClient(r Request, m Machine) Decision {
	switch {
	case m.Token.Valid() && r.User == m.Token.User():
		return Decision{Approve, fmt.Sprintf("asked for with the token of machine %s", m.Hostname)}
	case r.User == m.user():
		return Decision{Approve, fmt.Sprintf("renewal by node %s itself", m.Hostname)}
	case bootstrap.IsBootstrapUser(r.User):
		return Decision{Deny, fmt.Sprintf("%s is not the token of machine %s", r.User, m.Hostname)}
	}
	return Decision{Deny, fmt.Sprintf("%q may not ask for a certificate of node %s", r.User, m.Hostname)}
}

// decideServing approves a node that names only its own host and address.
func decideServing(r Request, m Machine) Decision {
	if r.User != m.user() {
		return Decision{Deny, fmt.Sprintf("%q may not ask for a certificate of node %s", r.User, m.Hostname)}
	}
	for _, name := range r.DNSNames {
		if name != m.Hostname {
			return Decision{Deny, fmt.Sprintf("host %q is not machine %s", name, m.Hostname)}
		}
	}
	for _, ip := range r.IPs {
		switch {
		case m.Address == "":
			return Decision{Wait, fmt.Sprintf("the address of machine %s is not known yet", m.Hostname)}
		case ip != m.Address && r.Age < addressDelay:
			return Decision{Wait, fmt.Sprintf("machine %s was at %s and may have moved to %s", m.Hostname, m.Address, ip)}
		case ip != m.Address:
			return Decision{Deny, fmt.Sprintf("address %s is not that of machine %s, which is %s", ip, m.Hostname, m.Address)}
		}
	}
	return Decision{Approve, fmt.Sprintf("serving certificate of node %s for itself", m.Hostname)}
}
