package apply_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/apply"
)

// requests that changed something, or wanted to: objects created, applied, and changed by other patches.
type requests struct{ created, applied, patched atomic.Int32 }

func (r *requests) take() (counts [3]int32) {
	return [3]int32{r.created.Swap(0), r.applied.Swap(0), r.patched.Swap(0)}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (r *requests) count(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		switch {
		case request.Method == http.MethodPost:
			r.created.Add(1)
		case strings.Contains(request.Header.Get("Content-Type"), "apply-patch"):
			r.applied.Add(1)
		case request.Method != http.MethodGet:
			r.patched.Add(1)
		}
		return next.RoundTrip(request)
	})
}

// counted starts an API server with a namespace, and returns a client whose requests are counted.
func counted(t *testing.T) (client.Client, *requests) {
	t.Helper()
	r := &requests{}
	config := rest.CopyConfig(apitest.Start(t))
	config.Wrap(r.count)
	scheme := runtime.NewScheme()
	must(t, clientscheme.AddToScheme(scheme))
	must(t, v1alpha1.AddToScheme(scheme))
	c, err := client.New(config, client.Options{Scheme: scheme})
	must(t, err)
	must(t, c.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: pool().Namespace}}))
	r.take()
	return c, r
}

func web(change ...func(*appsv1.Deployment)) *appsv1.Deployment {
	labels := map[string]string{"app": "web"}
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: pool().Namespace, Name: "web", Labels: map[string]string{"app": "web", "tier": "front"}},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "web", Image: "web:1", Env: []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}},
				}}},
			},
		},
	}
	for _, c := range change {
		c(d)
	}
	return d
}

func withoutB(d *appsv1.Deployment) {
	delete(d.Labels, "tier")
	d.Spec.Template.Spec.Containers[0].Env = d.Spec.Template.Spec.Containers[0].Env[:1]
}

var (
	nothing = [3]int32{}
	create  = [3]int32{1, 0, 0}
	once    = [3]int32{0, 1, 0}
	// takeOver is the first apply over a created object.
	takeOver = [3]int32{0, 1, 1}
)

// TestEnsure runs on a real API server, which alone decides what is filled in and who owns a field. The steps build on each other.
func TestEnsure(t *testing.T) {
	c, r := counted(t)
	edit := func(as string, change func(*appsv1.Deployment)) func(context.Context) error {
		return func(ctx context.Context) error {
			d := web()
			if err := c.Get(ctx, client.ObjectKeyFromObject(d), d); err != nil {
				return err
			}
			change(d)
			return c.Update(ctx, d, client.FieldOwner(as))
		}
	}
	container := func(d *appsv1.Deployment) *corev1.Container { return &d.Spec.Template.Spec.Containers[0] }
	for _, step := range []struct {
		sentence string
		before   func(context.Context) error
		want     *appsv1.Deployment
		requests [3]int32
	}{
		{"an object that is not there is created", nil, web(), create},
		{"and then left alone", nil, web(), nothing},
		{"another's change of a field is undone", edit("kubectl-edit", func(d *appsv1.Deployment) { container(d).Image = "evil" }), web(), takeOver},
		{"the second time by one request", edit("kubectl-edit", func(d *appsv1.Deployment) { container(d).Image = "evil" }), web(), once},
		{"another's own label is left alone", edit("kubectl-label", func(d *appsv1.Deployment) { d.Labels["mine"] = "x" }), web(), nothing},
		{"what is no longer rendered is removed", nil, web(withoutB), once},
		{"and then left alone again", nil, web(withoutB), nothing},
	} {
		if step.before != nil {
			must(t, step.before(t.Context()))
		}
		r.take()
		must(t, apply.Ensure(t.Context(), c, step.want))
		if got := r.take(); got != step.requests {
			t.Errorf("%s: %v requests, want %v", step.sentence, got, step.requests)
		}
		have := web()
		must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
		if got, want := container(have), container(step.want); got.Image != want.Image || len(got.Env) != len(want.Env) || have.Labels["tier"] != step.want.Labels["tier"] {
			t.Errorf("%s: %v, labels %v", step.sentence, got, have.Labels)
		}
	}
}

func TestWhatWasCreatedAndIsNoLongerRenderedIsRemoved(t *testing.T) {
	c, r := counted(t)
	must(t, apply.EnsureNew(t.Context(), c, web()))
	must(t, apply.EnsureNew(t.Context(), c, web(withoutB)))
	if got := r.take(); got != [3]int32{2, 1, 1} {
		t.Errorf("%v requests", got)
	}
	have := web()
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
	if env := have.Spec.Template.Spec.Containers[0].Env; len(env) != 1 || have.Labels["tier"] != "" {
		t.Errorf("left are %v, labels %v", env, have.Labels)
	}
	for _, f := range have.ManagedFields {
		if f.Manager != v1alpha1.FieldManager || f.Operation != metav1.ManagedFieldsOperationApply {
			t.Errorf("fields belong to %s by %s", f.Manager, f.Operation)
		}
	}
}

// TestAnObjectOfAnEarlierLotse was applied and has no stamp.
func TestAnObjectOfAnEarlierLotse(t *testing.T) {
	c, r := counted(t)
	must(t, apply.Object(t.Context(), c, web()))
	before := web()
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(before), before))
	r.take()
	must(t, apply.Ensure(t.Context(), c, web()))
	if got := r.take(); got != once {
		t.Errorf("%v requests", got)
	}
	have := web()
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
	if !equality.Semantic.DeepEqual(have.Spec, before.Spec) {
		t.Errorf("it is rolled: %v became %v", before.Spec, have.Spec)
	}
	must(t, apply.Ensure(t.Context(), c, web()))
	if got := r.take(); got != nothing {
		t.Errorf("%v requests for what is stamped", got)
	}
}

func TestAServiceKeepsItsAddresses(t *testing.T) {
	c, _ := counted(t)
	service := func(label string) *corev1.Service {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: pool().Namespace, Name: "api", Labels: map[string]string{"l": label}}}
		s.Spec.Type, s.Spec.Ports = corev1.ServiceTypeNodePort, []corev1.ServicePort{{Name: "https", Port: 6443}}
		return s
	}
	must(t, apply.Ensure(t.Context(), c, service("a")))
	before, after := service(""), service("")
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(before), before))
	must(t, apply.Ensure(t.Context(), c, service("b")))
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(after), after))
	if before.Spec.ClusterIP != after.Spec.ClusterIP || before.Spec.Ports[0].NodePort != after.Spec.Ports[0].NodePort || after.Labels["l"] != "b" {
		t.Errorf("%v became %v", before.Spec, after.Spec)
	}
}

func TestAClaimKeepsWhatAdmissionGaveIt(t *testing.T) {
	c, _ := counted(t)
	claim := func(label string) *corev1.PersistentVolumeClaim {
		p := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: pool().Namespace, Name: "audit", Labels: map[string]string{"l": label}}}
		p.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
		p.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
		return p
	}
	must(t, apply.Ensure(t.Context(), c, claim("a")))
	must(t, apply.Ensure(t.Context(), c, claim("b")))
	have := claim("")
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
	if len(have.Finalizers) == 0 || have.Labels["l"] != "b" {
		t.Errorf("finalizers %v, labels %v", have.Finalizers, have.Labels)
	}
}

func TestAResourceKeepsItsFinalizersAndLocks(t *testing.T) {
	c, _ := counted(t)
	must(t, apply.Ensure(t.Context(), c, pool()))
	p := pool()
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(p), p))
	must(t, change(t.Context(), c, p, func(p *v1alpha1.AgentPool) {
		p.Finalizers, p.Annotations["lock"] = []string{v1alpha1.Finalizer}, "held"
	}, lotse))
	bare := pool()
	bare.Spec.NodeLabels = nil
	must(t, apply.Ensure(t.Context(), c, bare))
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(p), p))
	if len(p.Finalizers) != 1 || p.Annotations["lock"] != "held" || len(p.Spec.NodeLabels) > 0 {
		t.Errorf("finalizers %v, annotations %v, labels %v", p.Finalizers, p.Annotations, p.Spec.NodeLabels)
	}
}

func TestANodeResourceGroupKeepsItsCustomersTags(t *testing.T) {
	c, _ := counted(t)
	group := func(label string) *v1alpha1.ResourceGroup {
		return &v1alpha1.ResourceGroup{
			ObjectMeta: metav1.ObjectMeta{Namespace: pool().Namespace, Name: "g", Labels: map[string]string{"l": label}},
			Spec:       v1alpha1.ResourceGroupSpec{Name: "MC_g", Location: "local", ManagedBy: "c"},
		}
	}
	must(t, apply.Ensure(t.Context(), c, group("a")))
	have := group("")
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
	have.Spec.Tags = map[string]string{"team": "shop"}
	must(t, c.Update(t.Context(), have, lotse))
	must(t, apply.Ensure(t.Context(), c, group("b")))
	must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
	if have.Spec.Tags["team"] != "shop" || have.Labels["l"] != "b" {
		t.Errorf("tags %v, labels %v", have.Spec.Tags, have.Labels)
	}
}

// TestAKindThatIsNotInTheScheme is written as an unstructured object, as an add-on's APIService is.
func TestAKindThatIsNotInTheScheme(t *testing.T) {
	c, r := counted(t)
	service := func(priority int64) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": "v1.example.com"},
			"spec": map[string]any{
				"group": "example.com", "version": "v1", "groupPriorityMinimum": priority, "versionPriority": int64(1), "insecureSkipTLSVerify": true,
				"service": map[string]any{"namespace": "default", "name": "example"},
			},
		}}
	}
	for i, step := range []struct {
		priority int64
		applied  int32
	}{{100, 0}, {100, 0}, {200, 1}, {200, 0}, {300, 1}} {
		// The API server writes its status meanwhile.
		must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error { return apply.Ensure(t.Context(), c, service(step.priority)) }))
		have := service(0)
		must(t, c.Get(t.Context(), client.ObjectKeyFromObject(have), have))
		priority, _, _ := unstructured.NestedInt64(have.Object, "spec", "groupPriorityMinimum")
		if got := r.take(); got[1] != step.applied || priority != step.priority {
			t.Errorf("step %d: %d applies, want %d; priority %d", i, got[1], step.applied, priority)
		}
	}
}

// TestAServiceWithAnAddressOfItsOwnIsNotMadeTwice: the API server calls it invalid and not existing, because its address is taken.
func TestAServiceWithAnAddressOfItsOwnIsNotMadeTwice(t *testing.T) {
	c, _ := counted(t)
	dns := func(port int32) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "dns"}, Spec: corev1.ServiceSpec{
			ClusterIP: "100.97.0.10", Ports: []corev1.ServicePort{{Port: port}},
		}}
	}
	must(t, apply.EnsureNew(t.Context(), c, dns(53)))
	must(t, apply.EnsureNew(t.Context(), c, dns(54))) // by a process that does not know what the one before has done
	have := &corev1.Service{}
	must(t, c.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "dns"}, have))
	if have.Spec.Ports[0].Port != 54 {
		t.Errorf("it has %+v", have.Spec.Ports)
	}
	other := dns(53)
	other.Name = "other"
	if err := apply.EnsureNew(t.Context(), c, other); !apierrors.IsInvalid(err) {
		t.Errorf("what is invalid is said to be made: %v", err)
	}
}
