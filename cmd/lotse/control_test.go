package main

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/watched"
)

// recordingManager is a manager that remembers what was added to it.
type recordingManager struct {
	ctrl.Manager
	added []manager.Runnable
}

// Add implements manager.Manager.
func (o *recordingManager) Add(r manager.Runnable) error {
	o.added = append(o.added, r)
	return nil
}

// TestAllControllersAreObserved: every controller that runs was completed by package telemetry, so its reconciles have spans and its log lines
// and changes name the request that they go back to.
func TestAllControllersAreObserved(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	mgr, err := ctrl.NewManager(&rest.Config{Host: "https://nobody.invalid"}, ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		MapperProvider: func(*rest.Config, *http.Client) (meta.RESTMapper, error) { return meta.NewDefaultRESTMapper(nil), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, []byte("authority"), 0o600); err != nil {
		t.Fatal(err)
	}
	recording := &recordingManager{Manager: mgr}
	if err := (serving{registryCAFile: ca}).control(recording, watched.NewHeld(0), nil, nil); err != nil {
		t.Fatal(err)
	}
	controllers := 0
	for _, r := range recording.added {
		// A controller is a struct of controller-runtime's, which keeps its reconciler as Do and its name as Name.
		c := reflect.Indirect(reflect.ValueOf(r))
		if !strings.HasSuffix(c.Type().PkgPath(), "controller-runtime/pkg/internal/controller") {
			continue
		}
		controllers++
		if do := c.FieldByName("Do").Elem().Type().String(); !strings.HasPrefix(do, "*telemetry.") {
			t.Errorf("controller %s reconciles by a %s: complete it by reconcile.Complete", c.FieldByName("Name"), do)
		}
	}
	if want := 10; controllers < want {
		t.Errorf("%d controllers are known to this test; there are at least %d", controllers, want)
	}
}
