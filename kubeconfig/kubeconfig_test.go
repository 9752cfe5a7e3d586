package kubeconfig

import (
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/pki"
)

func TestRender(t *testing.T) {
	content, err := Entry{
		Cluster: "Shop", User: "clusterAdmin_Web_Shop", Host: "fd00::1", Port: 31000, Authority: []byte("authority"),
		Pair: pki.Pair{Certificate: []byte("certificate"), Key: []byte("key")},
	}.Render()
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://[fd00::1]:31000" || string(config.CAData) != "authority" || config.Insecure {
		t.Errorf("the server is %s, its authority %q", config.Host, config.CAData)
	}
	if string(config.CertData) != "certificate" || string(config.KeyData) != "key" {
		t.Errorf("the client is %q, %q", config.CertData, config.KeyData)
	}
	read, err := clientcmd.Load(content)
	if err != nil || read.CurrentContext != "Shop" || read.AuthInfos["clusterAdmin_Web_Shop"] == nil {
		t.Errorf("got %+v, %v", read, err)
	}
}
