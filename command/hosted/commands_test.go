package hosted

import (
	"context"
	"errors"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/command"
)

var errGone = errors.New("connection reset by peer")

// lost creates an object, and its answer is lost; away does not get the request; refuses says no.
func lost(ctx context.Context, c client.WithWatch, o client.Object) error {
	return errors.Join(c.Create(ctx, o.DeepCopyObject().(client.Object)), errGone)
}
func away(context.Context, client.WithWatch, client.Object) error { return errGone }
func refuses(_ context.Context, _ client.WithWatch, o client.Object) error {
	return apierrors.NewForbidden(corev1.Resource("x"), o.GetName(), errors.New("a quota"))
}

func TestWhatAFailedStartLeaves(t *testing.T) {
	type does = func(context.Context, client.WithWatch, client.Object) error
	for sentence, c := range map[string]struct {
		namespace, job, secret, role does
		// jobs that are left, and whether it is known that the command was not started, and that the cluster refused it.
		jobs                int
		notStarted, refused bool
	}{
		"a command that starts has its Job":                                 {jobs: 1},
		"a cluster that does not answer starts nothing":                     {namespace: away, notStarted: true},
		"a Job that did not arrive starts nothing":                          {job: away, notStarted: true},
		"a Job whose answer was lost is deleted":                            {job: lost, notStarted: true},
		"a Job that is refused was not made":                                {job: refuses, notStarted: true, refused: true},
		"once its Secret may be there, the command may have begun":          {secret: lost},
		"also if something after that fails: its Job is ended all the same": {role: away},
		"a part that is refused is named":                                   {role: refuses, refused: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := errors.Join(v1alpha1.AddToScheme(scheme), clientgoscheme.AddToScheme(scheme)); err != nil {
				t.Fatal(err)
			}
			release := &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Spec: v1alpha1.ReleaseSpec{Images: map[string]string{v1alpha1.ImageRunCommand: "i:1"}}}
			hosted := fake.NewClientBuilder().WithScheme(scheme).WithObjects(release).WithInterceptorFuncs(interceptor.Funcs{
				Create: func(ctx context.Context, real client.WithWatch, o client.Object, options ...client.CreateOption) error {
					var do does
					switch o.(type) {
					case *corev1.Namespace:
						do = c.namespace
					case *batchv1.Job:
						do = c.job
					case *corev1.Secret:
						do = c.secret
					case *rbacv1.Role:
						do = c.role
					}
					if do != nil {
						return do(ctx, real, o)
					}
					return real.Create(ctx, o, options...)
				},
			}).Build()
			of := &v1alpha1.ManagedCluster{Spec: v1alpha1.ManagedClusterSpec{Release: "r", Network: v1alpha1.NetworkSpec{ServiceCIDR: "10.0.0.0/16"}}}
			err := (&Commands{Client: hosted, Hosted: only{hosted}}).Start(t.Context(), of, command.Request{ID: command.NewID()})
			jobs := &batchv1.JobList{}
			if err := hosted.List(t.Context(), jobs); err != nil || len(jobs.Items) != c.jobs {
				t.Errorf("%d Jobs are left: %v", len(jobs.Items), err)
			}
			notStarted, refused := (*command.NotStartedError)(nil), (*command.RefusedError)(nil)
			if errors.As(err, &notStarted) != c.notStarted || errors.As(err, &refused) != c.refused || (err == nil) != (c.jobs == 1) {
				t.Errorf("got %v", err)
			}
		})
	}
}

type only struct{ client.Client }

func (o only) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return o.Client, nil
}
