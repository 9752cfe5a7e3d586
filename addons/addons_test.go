package addons

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func exampleSpec() Spec {
	return Spec{
		Images: map[string]string{
			"coredns":        "registry.lotse.internal/lotse/coredns:v1.15.0-11111111",
			"konnectivity":   "registry.lotse.internal/lotse/konnectivity:v0.34.0-33333333",
			"metrics-server": "registry.lotse.internal/lotse/metrics-server:v0.9.0-44444444",
		},
		Network:       v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		Endpoint:      v1alpha1.Endpoint{Host: "100.98.0.1", Port: 31000, InternalHost: "100.97.3.4", InternalPort: 6443, TunnelPort: 8132},
		MetricsServer: ServingCertificate{Certificate: []byte("certificate"), Key: []byte("key"), Authority: []byte("authority")},
	}
}

func TestGolden(t *testing.T) {
	s := exampleSpec()
	files := map[string][]client.Object{
		"bindings": bindings(), "endpoints": kubernetesEndpoints(s),
		"konnectivity": konnectivity(s), "coredns": coreDNS(s), "metrics-server": metricsServer(s),
	}
	total := 0
	for name, objects := range files {
		total += len(objects)
		t.Run(name, func(t *testing.T) { golden(t, name, objects) })
	}
	if all := Objects(s); len(all) != total {
		t.Errorf("Objects has %d objects, its parts %d", len(all), total)
	}
}

func golden(t *testing.T, name string, objects []client.Object) {
	t.Helper()
	var got bytes.Buffer
	for _, o := range objects {
		content, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString("---\n")
		got.Write(content)
	}
	path := filepath.Join("testdata", name+".yaml")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s is rendered otherwise than in %s; look at the difference with -update and git diff", name, path)
	}
}

func TestEveryAddOnIsRecognizable(t *testing.T) {
	for _, o := range Objects(exampleSpec()) {
		if o.GetLabels()["kubernetes.azure.com/managedby"] != "aks" {
			t.Errorf("%T %s does not say that it is managed", o, o.GetName())
		}
	}
}
