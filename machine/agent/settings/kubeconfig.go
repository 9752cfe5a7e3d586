package settings

import (
	"fmt"

	"sigs.k8s.io/yaml"

	"lotse.dev/machine/boot"
)

// user of a kubeconfig.
type user struct {
	Token             string `json:"token,omitempty"`
	ClientCertificate string `json:"client-certificate,omitempty"`
	ClientKey         string `json:"client-key,omitempty"`
}

// CertificateKubeconfig is for the programs that use the kubelet's certificate: kubelet, kube-proxy and flannel.
func CertificateKubeconfig(m boot.Machine) (string, error) {
	return kubeconfig(m, user{ClientCertificate: ClientCertificate, ClientKey: ClientCertificate})
}

// TokenKubeconfig is what a kubelet without a certificate joins with.
func TokenKubeconfig(m boot.Machine) (string, error) {
	return kubeconfig(m, user{Token: m.BootstrapToken})
}

// RenewalKubeconfig is what a kubelet gets another certificate with while it has one that is still accepted.
func RenewalKubeconfig(m boot.Machine) (string, error) {
	return kubeconfig(m, user{ClientCertificate: PreviousCertificate, ClientKey: PreviousCertificate})
}

func kubeconfig(m boot.Machine, u user) (string, error) {
	const name = "cluster"
	return render(map[string]any{
		"apiVersion":      "v1",
		"kind":            "Config",
		"clusters":        []any{map[string]any{"name": name, "cluster": map[string]any{"server": m.APIServer, "certificate-authority": ClusterCA}}},
		"users":           []any{map[string]any{"name": name, "user": u}},
		"contexts":        []any{map[string]any{"name": name, "context": map[string]any{"cluster": name, "user": name}}},
		"current-context": name,
	})
}

func render(v any) (string, error) {
	text, err := yaml.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("rendering a configuration: %w", err)
	}
	return string(text), nil
}
