package scenario

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// template is a Pod of the stories' image, labelled app=name, that ends at once at SIGTERM.
func template(name, image string, command ...string) corev1.PodTemplateSpec {
	grace := int64(0)
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Containers:                    []corev1.Container{{Name: "main", Image: image, Command: command}},
		},
	}
}

// server is a Pod template that serves on port 8080 and is ready when it does.
func server(name, image string) corev1.PodTemplateSpec {
	t := template(name, image, "/probe", "serve")
	t.Spec.Containers[0].ReadinessProbe = &corev1.Probe{
		PeriodSeconds: 1,
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromInt32(8080)}},
	}
	return t
}

// on forces a Pod onto a node: it tolerates all taints, and the scheduler still places it.
func on(node string, t corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	t.Spec.NodeSelector = map[string]string{corev1.LabelHostname: node}
	t.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	return t
}

// start creates a Pod. It waits for the service account that a new namespace lacks for a moment.
func (s *story) start(t corev1.PodTemplateSpec) {
	s.Helper()
	pod := &corev1.Pod{ObjectMeta: t.ObjectMeta, Spec: t.Spec}
	s.until("the API server to take Pod "+t.Name, 30*time.Second, func() (bool, string) {
		_, err := s.kube.CoreV1().Pods(s.namespace).Create(s.ctx, pod, metav1.CreateOptions{})
		if err == nil || apierrors.IsAlreadyExists(err) {
			return true, ""
		}
		return false, err.Error()
	})
}

// run creates a Pod and waits until it is ready.
func (s *story) run(t corev1.PodTemplateSpec) *corev1.Pod {
	s.Helper()
	s.start(t)
	return s.ready(t.Name)
}

// ready waits for a Pod to be ready.
func (s *story) ready(name string) (pod *corev1.Pod) {
	s.Helper()
	s.until("Pod "+name+" to be ready", 2*time.Minute, func() (bool, string) {
		var err error
		if pod, err = s.kube.CoreV1().Pods(s.namespace).Get(s.ctx, name, metav1.GetOptions{}); err != nil {
			return false, err.Error()
		}
		return podReady(pod), podState(pod)
	})
	return pod
}

// readyPods waits for exactly count ready Pods with label app=name.
func (s *story) readyPods(name string, count int) (pods []corev1.Pod) {
	s.Helper()
	s.until("the Pods of "+name, 2*time.Minute, func() (bool, string) {
		all, err := s.kube.CoreV1().Pods(s.namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=" + name})
		if err != nil {
			return false, err.Error()
		}
		pods = pods[:0]
		seen := ""
		for _, p := range all.Items {
			seen += p.Name + ": " + podState(&p) + "; "
			if podReady(&p) && p.DeletionTimestamp == nil {
				pods = append(pods, p)
			}
		}
		return len(pods) == count && len(all.Items) == count, seen
	})
	return pods
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// service makes a Service on port 80 for the Pods labelled app=name.
func (s *story) service(name string) {
	s.Helper()
	_, err := s.kube.CoreV1().Services(s.namespace).Create(s.ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": name},
			Ports:    []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}},
		},
	}, metav1.CreateOptions{})
	s.need(err)
}

// allNodes of the cluster, Ready or not.
func (s *story) allNodes() []corev1.Node {
	s.Helper()
	all, err := s.kube.CoreV1().Nodes().List(s.ctx, metav1.ListOptions{})
	s.need(err)
	return all.Items
}

// nodes are the cluster's Ready nodes, of the pools named or of all.
func (s *story) nodes(pools ...string) (ready []corev1.Node) {
	s.Helper()
	for _, n := range s.allNodes() {
		if is, _ := readiness(n); is && (len(pools) == 0 || slices.Contains(pools, n.Labels["agentpool"])) {
			ready = append(ready, n)
		}
	}
	return ready
}

// oneNode is the node of a pool of the shared cluster.
func (s *story) oneNode(pool string) string {
	s.Helper()
	nodes := s.nodes(pool)
	if len(nodes) == 0 {
		s.fail("pool %s has no Ready node", pool)
	}
	return nodes[0].Name
}
