package v1alpha1

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CertificateExpiry is when the certificates of a cluster's control plane end. They are issued for a year and renewed by themselves when two thirds of it have
// passed, or when the cluster starts.
type CertificateExpiry struct {
	// First is the certificate that ends first, by its Secret and its name, such as kube-apiserver/server.
	First string `json:"first"`
	// NotAfter is when it ends.
	NotAfter metav1.Time `json:"notAfter"`
	// AuthoritiesNotAfter is when the first of the cluster's authorities ends. They are replaced when that is asked for, or when they have ended.
	AuthoritiesNotAfter metav1.Time `json:"authoritiesNotAfter"`
}

const (
	day = 24 * time.Hour
	// renewalOverdue is how long before its end a certificate should have been renewed long since: that is due four months before.
	renewalOverdue = 90 * day
	// authoritiesDue is how long before their end the cluster's owner hears that its authorities have to be replaced.
	authoritiesDue = 365 * day
)

// CertificateWarning says what has to be done about a cluster's certificates, and until when; "" for nothing.
func (c *ManagedCluster) CertificateWarning(now time.Time) string {
	e := c.Status.Certificates
	if e == nil {
		return ""
	}
	end := e.AuthoritiesNotAfter.Format(time.DateOnly)
	switch {
	case now.Before(e.AuthoritiesNotAfter.Add(-authoritiesDue)):
		return c.leafWarning(e, now)
	case c.AtRest():
		return fmt.Sprintf("the cluster's authorities end on %s and cannot be replaced while it is stopped: start it and rotate its certificates before, "+
			"or its start makes new ones and all its kubeconfigs are refused", end)
	}
	return fmt.Sprintf("the cluster's authorities end on %s: rotate its certificates before (az aks rotate-certs, lotse cluster rotate-certs), "+
		"or new ones are made then and all its kubeconfigs are refused", end)
}

// leafWarning is about certificates that are renewed by themselves. Those of a stopped cluster are renewed by its start.
func (c *ManagedCluster) leafWarning(e *CertificateExpiry, now time.Time) string {
	if c.AtRest() || now.Before(e.NotAfter.Add(-renewalOverdue)) {
		return ""
	}
	return fmt.Sprintf("certificate %s ends on %s and was to be renewed: see what the cluster's operation waits for, and Lotse's log", e.First, e.NotAfter.Format(time.DateOnly))
}
