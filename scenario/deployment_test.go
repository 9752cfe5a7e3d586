package scenario

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDeployment: an image that a user pushes into Lotse's registry runs, and a rollout replaces it.
func TestDeployment(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("the user pushes an image with lotse image push")
	image := storyImage(t)

	s.step("a Deployment of two replicas runs it")
	s.deploy("web", image, 2)
	first := s.readyPods("web", 2)

	s.step("a change of its template rolls out")
	d, err := s.kube.AppsV1().Deployments(s.namespace).Get(s.ctx, "web", metav1.GetOptions{})
	s.need(err)
	d.Spec.Template.Annotations = map[string]string{"changed": "yes"}
	_, err = s.kube.AppsV1().Deployments(s.namespace).Update(s.ctx, d, metav1.UpdateOptions{})
	s.need(err)
	s.until("the rollout", 2*time.Minute, func() (bool, string) {
		for _, p := range s.readyPods("web", 2) {
			if p.Name == first[0].Name || p.Name == first[1].Name {
				return false, p.Name + " is of the old template"
			}
		}
		return true, ""
	})
}

// deploy makes a Deployment of servers.
func (s *story) deploy(name, image string, replicas int32) {
	s.Helper()
	_, err := s.kube.AppsV1().Deployments(s.namespace).Create(s.ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}},
			Template: server(name, image),
		},
	}, metav1.CreateOptions{})
	s.need(err)
}
