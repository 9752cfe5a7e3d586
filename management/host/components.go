package host

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/probe"
)

const programs = "/usr/local/bin/" // in the images

func etcd(s Spec) component {
	crt, key := s.pair("etcd-server")
	ca := s.Data.in("pki", "etcd.crt")
	return component{
		name: "etcd", image: s.Etcd,
		command: []string{
			programs + "etcd", "--name=" + NodeName, "--data-dir=" + s.Data.in("etcd"),
			fmt.Sprintf("--listen-client-urls=https://127.0.0.1:%d", portEtcd),
			fmt.Sprintf("--advertise-client-urls=https://127.0.0.1:%d", portEtcd),
			fmt.Sprintf("--listen-peer-urls=https://127.0.0.1:%d", portEtcdPeer),
			fmt.Sprintf("--initial-advertise-peer-urls=https://127.0.0.1:%d", portEtcdPeer),
			fmt.Sprintf("--initial-cluster=%s=https://127.0.0.1:%d", NodeName, portEtcdPeer),
			fmt.Sprintf("--listen-metrics-urls=http://127.0.0.1:%d", portEtcdHealth),
			"--cert-file=" + crt, "--key-file=" + key, "--trusted-ca-file=" + ca, "--client-cert-auth=true",
			"--peer-cert-file=" + crt, "--peer-key-file=" + key, "--peer-trusted-ca-file=" + ca, "--peer-client-cert-auth=true",
			"--quota-backend-bytes=4294967296",
		},
		read: s.keys("etcd-server.crt", "etcd-server.key", "etcd.crt"), write: []string{s.Data.in("etcd")},
		probe: probeAt("127.0.0.1", portEtcdHealth, "/livez", corev1.URISchemeHTTP),
		cpu:   "50m", memory: "64Mi",
	}
}

func apiServer(s Spec) component {
	crt, key := s.pair("apiserver")
	etcdCrt, etcdKey := s.pair("apiserver-etcd")
	kubeletCrt, kubeletKey := s.pair("apiserver-kubelet")
	proxyCrt, proxyKey := s.pair("front-proxy-client")
	return component{
		name: "kube-apiserver", image: s.Kubernetes,
		command: []string{
			programs + "kube-apiserver",
			"--bind-address=" + Address, "--advertise-address=" + Address, fmt.Sprintf("--secure-port=%d", portAPI),
			"--tls-cert-file=" + crt, "--tls-private-key-file=" + key, "--client-ca-file=" + s.Data.in("pki", "cluster.crt"),
			fmt.Sprintf("--etcd-servers=https://127.0.0.1:%d", portEtcd), "--etcd-cafile=" + s.Data.in("pki", "etcd.crt"),
			"--etcd-certfile=" + etcdCrt, "--etcd-keyfile=" + etcdKey,
			"--encryption-provider-config=" + s.Data.in("pki", "encryption.yaml"),
			"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
			// Requests end soon while etcd is down. A kubelet that starts meanwhile mounts no volume before two requests for its node
			// have timed out; with upstream's minute, etcd itself would wait two minutes for its volumes.
			"--request-timeout=15s",
			probe.LivezGracePeriod,
			"--service-cluster-ip-range=" + ServiceCIDR,
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + s.Data.in("pki", "service-accounts.pub"),
			"--service-account-signing-key-file=" + s.Data.in("pki", "service-accounts.key"),
			"--kubelet-client-certificate=" + kubeletCrt, "--kubelet-client-key=" + kubeletKey,
			"--kubelet-certificate-authority=" + s.Data.in("pki", "cluster.crt"), "--kubelet-preferred-address-types=InternalIP",
			"--requestheader-client-ca-file=" + s.Data.in("pki", "front-proxy.crt"), "--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + proxyCrt, "--proxy-client-key-file=" + proxyKey,
			"--profiling=false",
		},
		read: s.keys("cluster.crt", "etcd.crt", "front-proxy.crt", "encryption.yaml", "service-accounts.pub", "service-accounts.key",
			"apiserver.crt", "apiserver.key", "apiserver-etcd.crt", "apiserver-etcd.key", "apiserver-kubelet.crt", "apiserver-kubelet.key",
			"front-proxy-client.crt", "front-proxy-client.key"),
		// The API server must not be restarted because etcd does not answer: it recovers when etcd does.
		probe: probeAt(Address, portAPI, "/livez?exclude=etcd", corev1.URISchemeHTTPS),
		cpu:   "100m", memory: "256Mi",
	}
}

// controllerManager may send bursts of requests: with upstream's 20 per second it throttles itself for seconds after each start. There is only
// one, so it takes no lease.
func controllerManager(s Spec) component {
	kubeconfig := s.Data.in("pki", "controller-manager.kubeconfig")
	crt, key := s.pair("controller-manager")
	return component{
		name: "kube-controller-manager", image: s.Kubernetes,
		command: []string{
			programs + "kube-controller-manager",
			"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", portControllers), "--tls-cert-file=" + crt, "--tls-private-key-file=" + key,
			"--leader-elect=false",
			"--kube-api-qps=200", "--kube-api-burst=400", "--use-service-account-credentials=true",
			"--root-ca-file=" + s.Data.in("pki", "cluster.crt"),
			"--service-account-private-key-file=" + s.Data.in("pki", "service-accounts.key"),
			"--cluster-signing-cert-file=" + s.Data.in("pki", "cluster.crt"), "--cluster-signing-key-file=" + s.Data.in("pki", "cluster.key"),
			// At the first start the roles for this lookup are created a moment after the API server is up; it retries.
			"--authentication-tolerate-lookup-failure=true",
			"--profiling=false",
		},
		read: s.keys("cluster.crt", "cluster.key", "service-accounts.key",
			"controller-manager.kubeconfig", "controller-manager.crt", "controller-manager.key"),
		probe: probeAt("127.0.0.1", portControllers, "/healthz", corev1.URISchemeHTTPS),
		cpu:   "50m", memory: "64Mi",
	}
}

func scheduler(s Spec) component {
	kubeconfig := s.Data.in("pki", "scheduler.kubeconfig")
	crt, key := s.pair("scheduler")
	return component{
		name: "kube-scheduler", image: s.Kubernetes,
		command: []string{
			programs + "kube-scheduler",
			"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
			"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", portScheduler), "--tls-cert-file=" + crt, "--tls-private-key-file=" + key,
			"--leader-elect=false",
			"--kube-api-qps=200", "--kube-api-burst=400", "--profiling=false",
		},
		read:  s.keys("cluster.crt", "scheduler.kubeconfig", "scheduler.crt", "scheduler.key"),
		probe: probeAt("127.0.0.1", portScheduler, "/healthz", corev1.URISchemeHTTPS),
		cpu:   "20m", memory: "32Mi",
	}
}

// pair returns the paths of a certificate and its key.
func (s Spec) pair(name string) (crt, key string) {
	return s.Data.in("pki", name+".crt"), s.Data.in("pki", name+".key")
}

// keys are the paths of files in the PKI directory. Each component sees only those that it needs.
func (s Spec) keys(names ...string) []string {
	files := make([]string, 0, len(names))
	for _, n := range names {
		files = append(files, s.Data.in("pki", n))
	}
	return files
}
