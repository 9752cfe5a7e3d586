package addons

import (
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/securitycontext"
)

const agentHealthPort = 8134

// konnectivity is the nodes' end of the tunnel. It runs on the host network, so that logs and exec work without any CNI.
func konnectivity(s Spec) []client.Object {
	agents := daemonSet(controlplane.AgentServiceAccount, agentPod(s))
	s.afterRotation(&agents.Spec.Template)
	return []client.Object{
		serviceAccount(controlplane.AgentServiceAccount),
		&coordinationv1.Lease{ObjectMeta: meta(controlplane.ServerAnnouncement)},
		announcementRole(serverRole, "patch"),
		bindInNamespace(serverRole, user(credentials.KonnectivityUser)),
		announcementRole(controlplane.AgentServiceAccount, "get", "list", "watch"),
		bindInNamespace(controlplane.AgentServiceAccount, account(controlplane.AgentServiceAccount)),
		agents,
	}
}

const serverRole = controlplane.ServerAnnouncement

// announcementRole allows verbs on the one Lease in which a new server announces itself.
func announcementRole(name string, verbs ...string) *rbacv1.Role {
	r := rule("coordination.k8s.io", []string{"leases"}, verbs)
	r.ResourceNames = []string{controlplane.ServerAnnouncement}
	return &rbacv1.Role{ObjectMeta: meta(name), Rules: []rbacv1.PolicyRule{r}}
}

func bindInNamespace(role string, to rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: meta(role), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role}, Subjects: []rbacv1.Subject{to},
	}
}

func agentPod(s Spec) corev1.PodSpec {
	const directory = "/var/run/secrets/tunnel"
	return corev1.PodSpec{
		SecurityContext:               unprivilegedPod(),
		AutomountServiceAccountToken:  ptr.To(false),
		TerminationGracePeriodSeconds: ptr.To[int64](5),
		Containers: []corev1.Container{{
			Name:  controlplane.AgentServiceAccount,
			Image: s.Images[v1alpha1.ImageKonnectivity],
			Command: []string{
				"/usr/local/bin/proxy-agent",
				"--proxy-server-host=" + s.Endpoint.InternalHost,
				fmt.Sprintf("--proxy-server-port=%d", s.Endpoint.TunnelPort),
				"--ca-cert=" + directory + "/ca.crt",
				"--service-account-token-path=" + directory + "/token",
				// A server that starts announces itself there, and agents connect to it in addition.
				fmt.Sprintf("--api-server=https://%s:%d", s.Endpoint.InternalHost, s.Endpoint.InternalPort),
				"--api-token-path=" + directory + "/api-token",
				"--announcement-namespace=" + namespace,
				"--announcement-name=" + controlplane.ServerAnnouncement,
				"--health-server-host=127.0.0.1",
				fmt.Sprintf("--health-server-port=%d", agentHealthPort),
				"--keepalive-time=30s",
				// A server that was announced, or has restarted, must be found soon. Without either nothing is asked.
				"--sync-interval=1s",
				"--sync-interval-cap=5s",
				"--probe-interval=1s",
			},
			SecurityContext: securitycontext.Container(),
			Resources:       resources("10m", "24Mi", "256Mi"),
			ReadinessProbe:  probe(corev1.URISchemeHTTP, "127.0.0.1", "/readyz", agentHealthPort, 5, 2),
			LivenessProbe:   probe(corev1.URISchemeHTTP, "127.0.0.1", "/healthz", agentHealthPort, 20, 3),
			VolumeMounts:    []corev1.VolumeMount{{Name: "tunnel", MountPath: directory, ReadOnly: true}},
		}},
		Volumes: []corev1.Volume{{Name: "tunnel", VolumeSource: corev1.VolumeSource{Projected: agentIdentity()}}},
	}
}

// agentIdentity is a token that is good for the tunnel only, another one for the API server, and the authority to know both by.
func agentIdentity() *corev1.ProjectedVolumeSource {
	return &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Path: "token", Audience: controlplane.AgentAudience, ExpirationSeconds: ptr.To[int64](3600),
		}},
		{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "api-token", ExpirationSeconds: ptr.To[int64](3600)}},
		{ConfigMap: rootAuthority()},
	}}
}

// rootAuthority is the cluster's authority, which the controller manager puts into every namespace.
func rootAuthority() *corev1.ConfigMapProjection {
	return &corev1.ConfigMapProjection{
		LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"},
		Items:                []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
	}
}
