package controlplane

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func exampleSpec() Spec {
	return Spec{
		Ref: Ref{Cluster: "shop-abc", Subscription: "6f1c0000-0000-0000-0000-000000000001"},
		Images: map[string]string{
			"kubernetes":   "registry.lotse.internal/lotse/kubernetes:v1.37.2-11111111",
			"etcd":         "registry.lotse.internal/lotse/etcd:v3.7.3-22222222",
			"konnectivity": "registry.lotse.internal/lotse/konnectivity:v0.34.0-33333333",
		},
		Network:  v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		Endpoint: v1alpha1.Endpoint{Host: "100.98.0.1", Port: 31000, InternalHost: "100.97.3.4", InternalPort: 6443, TunnelPort: 8132},

		EtcdAddress: "100.97.3.5",
		CredentialHashes: map[string]string{
			v1alpha1.ComponentEtcd:              "e",
			v1alpha1.ComponentAPIServer:         "a",
			v1alpha1.ComponentKonnectivity:      "k",
			v1alpha1.ComponentControllerManager: "c",
			v1alpha1.ComponentScheduler:         "s",
		},
	}
}

func TestGolden(t *testing.T) {
	s := exampleSpec()
	files := map[string][]any{
		"namespaces":              list(Namespaces(s.Ref)),
		"services":                list(Services(s.Ref, true)),
		"etcd":                    {EtcdStatefulSet(s)},
		"kube-apiserver":          {AuditClaim(s), APIServerDeployment(s)},
		"kube-controller-manager": {ControllerManagerStatefulSet(s)},
		"isolation":               list(Isolation(s)),
	}
	for name, objects := range files {
		t.Run(name, func(t *testing.T) { golden(t, name, objects) })
	}
}

func TestDuringARotationPodsAreGivenBothAuthorities(t *testing.T) {
	s := exampleSpec()
	s.Overlap = true
	command := ControllerManagerStatefulSet(s).Spec.Template.Spec.Containers[0].Command
	dir := CredentialsDirectory(v1alpha1.ComponentControllerManager)
	for _, want := range []string{"--root-ca-file=" + dir + "/" + RootAuthorities, "--cluster-signing-cert-file=" + dir + "/cluster-ca.crt"} {
		if !slices.Contains(command, want) {
			t.Errorf("%s is missing from %v", want, command)
		}
	}
}

func list[T any](typed []T) []any {
	var all []any
	for _, o := range typed {
		all = append(all, o)
	}
	return all
}

func golden(t *testing.T, name string, objects []any) {
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

// Every container of a control plane is confined, whatever is added later.
func TestEveryContainerIsConfined(t *testing.T) {
	s := exampleSpec()
	for _, template := range []corev1.PodTemplateSpec{
		EtcdStatefulSet(s).Spec.Template, APIServerDeployment(s).Spec.Template,
		ControllerManagerStatefulSet(s).Spec.Template,
	} {
		if pod := template.Spec; *pod.AutomountServiceAccountToken || !*pod.SecurityContext.RunAsNonRoot || pod.HostNetwork {
			t.Errorf("%s: the Pod holds more than it needs", template.Labels[v1alpha1.LabelComponent])
		}
		if pod := template.Spec; pod.DNSPolicy != corev1.DNSNone || len(pod.DNSConfig.Nameservers) != 1 || pod.DNSConfig.Nameservers[0] != "127.0.0.1" {
			t.Errorf("%s: the Pod can look up names of the management cluster", template.Labels[v1alpha1.LabelComponent])
		}
		for _, c := range template.Spec.Containers {
			if sc := c.SecurityContext; !*sc.ReadOnlyRootFilesystem || *sc.AllowPrivilegeEscalation || sc.Capabilities.Drop[0] != "ALL" {
				t.Errorf("%s: the container holds more than it needs", c.Name)
			}
			if _, limited := c.Resources.Limits[corev1.ResourceCPU]; limited {
				t.Errorf("%s: a CPU limit makes a control plane miss its leases", c.Name)
			}
		}
	}
}

func TestEndpointOf(t *testing.T) {
	service := Services(exampleSpec().Ref, false)[0]
	if _, ok := EndpointOf(service, "host"); ok {
		t.Error("a Service without addresses gave an endpoint")
	}
	service.Spec.ClusterIP, service.Spec.Ports[0].NodePort = "100.97.3.4", 31000
	got, ok := EndpointOf(service, "100.98.0.1")
	if want := exampleSpec().Endpoint; !ok || got != want {
		t.Errorf("EndpointOf = %+v, want %+v", got, want)
	}
}

func TestHashChangesWithContent(t *testing.T) {
	a, b := map[string][]byte{"x": []byte("1"), "y": nil}, map[string][]byte{"x": []byte("1")}
	if Hash(a) == Hash(b) {
		t.Error("an additional key did not change the hash")
	}
}

func TestDue(t *testing.T) {
	s := exampleSpec()
	placed := corev1.Pod{Spec: corev1.PodSpec{NodeName: "host"}}
	placed.Labels = map[string]string{v1alpha1.LabelComponent: v1alpha1.ComponentEtcd}
	waiting := placed
	waiting.Spec.NodeName = ""
	tests := map[string]struct {
		object client.Object
		exists bool
		pods   []corev1.Pod
		want   bool
	}{
		"the store is always due":                             {EtcdStatefulSet(s), false, nil, true},
		"the controller manager starts beside the store":      {ControllerManagerStatefulSet(s), false, nil, true},
		"the first API server waits until etcd is scheduled":  {APIServerDeployment(s), false, []corev1.Pod{waiting}, false},
		"the first API server comes when etcd is scheduled":   {APIServerDeployment(s), false, []corev1.Pod{placed}, true},
		"an API server that is there is kept as it should be": {APIServerDeployment(s), true, nil, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Due(tt.object, tt.exists, tt.pods); got != tt.want {
				t.Errorf("Due = %v, want %v", got, tt.want)
			}
		})
	}
}
