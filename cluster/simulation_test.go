package cluster

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// simulateKubelet makes every component's Pod ready and reports rollouts as done. The API server comes once the store is scheduled.
func (s *environment) simulateKubelet() {
	s.t.Helper()
	s.simulatePod(v1alpha1.ComponentEtcd, v1alpha1.ComponentEtcd)
	s.await("the API server is there", func() bool {
		return s.exists(&appsv1.Deployment{}, s.ref().Namespace(), v1alpha1.ComponentAPIServer)
	})
	s.simulatePod(v1alpha1.ComponentAPIServer, v1alpha1.ComponentAPIServer, v1alpha1.ComponentKonnectivity)
	s.simulatePod(v1alpha1.ComponentControllerManager, v1alpha1.ComponentControllerManager, v1alpha1.ComponentScheduler)
	for _, name := range []string{v1alpha1.ComponentEtcd, v1alpha1.ComponentControllerManager} {
		set := &appsv1.StatefulSet{}
		s.get(set, s.ref().Namespace(), name)
		set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Generation, Replicas: 1, UpdatedReplicas: 1}
		s.updateStatus(set)
	}
	api := &appsv1.Deployment{}
	s.get(api, s.ref().Namespace(), v1alpha1.ComponentAPIServer)
	api.Status = appsv1.DeploymentStatus{ObservedGeneration: api.Generation, Replicas: 1, UpdatedReplicas: 1}
	s.updateStatus(api)
}

func (s *environment) simulatePod(component string, containers ...string) {
	s.t.Helper()
	if s.exists(&corev1.Pod{}, s.ref().Namespace(), component) {
		return
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.ref().Namespace(), Name: component, Labels: map[string]string{
			v1alpha1.LabelComponent: component, v1alpha1.LabelCluster: s.cluster.Name, v1alpha1.LabelSubscription: subscription,
		}},
		Spec: s.podSpec(component),
	}
	pod.Spec.NodeName = "host"
	s.create(pod)
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for _, c := range containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: c, Ready: true})
	}
	s.updateStatus(pod)
}

// podSpec is what the component's controller would make Pods from; the API server admits it under the namespace's Pod security.
func (s *environment) podSpec(component string) corev1.PodSpec {
	s.t.Helper()
	if component == v1alpha1.ComponentAPIServer {
		d := &appsv1.Deployment{}
		s.get(d, s.ref().Namespace(), component)
		return d.Spec.Template.Spec
	}
	set := &appsv1.StatefulSet{}
	s.get(set, s.ref().Namespace(), component)
	spec := set.Spec.Template.Spec
	for _, claim := range set.Spec.VolumeClaimTemplates {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: claim.Name})
	}
	return spec
}

// simulateEndOfPods removes Pods that are being deleted.
func (s *environment) simulateEndOfPods() {
	pods := &corev1.PodList{}
	if err := s.List(s.t.Context(), pods, client.InNamespace(s.ref().Namespace())); err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		if pods.Items[i].DeletionTimestamp != nil {
			_ = s.Delete(s.t.Context(), &pods.Items[i], client.GracePeriodSeconds(0))
		}
	}
}

// simulateEndOfClaims lets claims go that are being deleted, as the controller that protects them does when no Pod uses them.
func (s *environment) simulateEndOfClaims() {
	claims := &corev1.PersistentVolumeClaimList{}
	if err := s.List(s.t.Context(), claims, client.InNamespace(s.ref().Namespace())); err != nil {
		s.t.Fatal(err)
	}
	for i := range claims.Items {
		if c := &claims.Items[i]; c.DeletionTimestamp != nil {
			c.Finalizers = nil
			_ = s.Update(s.t.Context(), c)
		}
	}
}

// simulateNamespaceController ends namespaces that are being deleted.
func (s *environment) simulateNamespaceController() {
	for _, name := range []string{v1alpha1.ControlPlaneNamespace(s.cluster.Name), v1alpha1.NodesNamespace(s.cluster.Name)} {
		ns := &corev1.Namespace{}
		if err := s.Get(s.t.Context(), client.ObjectKey{Name: name}, ns); err == nil && ns.DeletionTimestamp != nil {
			ns.Spec.Finalizers = nil
			_ = s.SubResource("finalize").Update(s.t.Context(), ns)
		}
	}
}

func (s *environment) finishPool() {
	pool := s.pools()[0]
	operation.Settle(&pool, "Pool np1", operation.Outcome{}, metav1.Now())
	s.updateStatus(&pool)
}
