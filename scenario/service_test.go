package scenario

import (
	"testing"
	"time"
)

// TestService: a Service is reached by its DNS name from other Pods, on the same node and across nodes (A4, A5, C3).
func TestService(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	image := storyImage(t)
	here, there := s.oneNode("sys"), s.oneNode("usr")

	s.step("a server and a client run on %s, another client on %s", here, there)
	s.start(on(here, server("web", image)))
	s.start(on(here, template("near", image, "/bin/busybox", "sleep", "3600")))
	s.start(on(there, template("far", image, "/bin/busybox", "sleep", "3600")))
	s.service("web")
	s.ready("web")
	for _, pod := range []string{"near", "far"} {
		s.ready(pod)
	}

	s.step("the name resolves in both clients")
	for _, pod := range []string{"near", "far"} {
		s.inside(pod, "Address", 30*time.Second, "/bin/busybox", "nslookup", "web."+s.namespace+".svc.cluster.local")
	}

	s.step("both clients reach the server by the Service's full and short names")
	for _, pod := range []string{"near", "far"} {
		for _, host := range []string{"web." + s.namespace + ".svc.cluster.local", "web"} {
			s.inside(pod, "probe web", 30*time.Second, "/probe", "get", "http://"+host+"/")
		}
	}

	s.step("a server reaches itself by its Service")
	s.inside("web", "probe web", 30*time.Second, "/probe", "get", "http://web."+s.namespace+"/") // its own name alone is the Pod

	s.step("a Pod reaches a Pod on the other node by its address, without translation")
	address := s.ready("web").Status.PodIP
	s.inside("far", "probe web", 30*time.Second, "/probe", "get", "http://"+address+":8080/")
}
