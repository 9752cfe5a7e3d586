package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"

	"lotse.dev/client"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lotse": main})
}

// TestScripts runs testdata/script against a fake front door, one for each script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: setUp, RequireExplicitExec: true, UpdateScripts: os.Getenv("UPDATE") != ""})
}

func setUp(env *testscript.Env) error {
	server := httptest.NewTLSServer(newFakeFrontDoor())
	env.Defer(server.Close)
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(filepath.Join(env.WorkDir, "ca.crt"), pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	for file, secret := range map[string]string{"admin.json": "right", "wrong.json": "wrong"} {
		content, err := json.Marshal(client.Credential{
			Endpoint: server.URL, TenantID: "tenant-1", AppID: "app-1", Secret: secret, SubscriptionID: "sub-1", Location: "local", CAFile: "ca.crt",
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(env.WorkDir, file), content, 0o600); err != nil {
			return err
		}
	}
	env.Setenv("LOTSE_CREDENTIALS", filepath.Join(env.WorkDir, "admin.json"))
	env.Setenv("HOME", env.WorkDir)
	return writeImages(env.WorkDir)
}

// writeImages leaves one image to push, as an archive and as a layout.
func writeImages(dir string) error {
	image, err := random.Image(1024, 2)
	if err != nil {
		return err
	}
	tag, err := name.NewTag("web:1")
	if err != nil {
		return err
	}
	if err := tarball.WriteToFile(filepath.Join(dir, "image.tar"), tag, image); err != nil {
		return err
	}
	written, err := layout.Write(filepath.Join(dir, "layout"), empty.Index)
	if err != nil {
		return err
	}
	return written.AppendImage(image)
}
