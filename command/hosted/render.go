package hosted

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/command"
	"lotse.dev/kubeconfig"
	"lotse.dev/securitycontext"
)

// Namespace of commands, as in AKS.
const Namespace = "aks-command"

// labelPrincipal on a Job is who asked for the command.
const labelPrincipal = "lotse.dev/principal"

// Where the Pod finds what it needs. The defaults of images/components/runcommand are the same.
const (
	inputPath, filesPath, workPath, temporaryPath = "/etc/lotse/command", "/etc/lotse/files", "/command-files", "/tmp"
)

// apiPort of the Service "kubernetes".
const apiPort = 443

// spec is everything the objects of a command are rendered from.
type spec struct {
	command.Request
	image string
	// api is the address of the Service "kubernetes": commands also have to work where there is no DNS.
	api netip.Addr
	// cluster is the name that the kubeconfig has.
	cluster string
}

func jobName(id string) string    { return "command-" + id }
func inputName(id string) string  { return jobName(id) + "-input" }
func resultName(id string) string { return jobName(id) + "-result" }

// labels are AKS's of what the service manages.
func labels() map[string]string { return map[string]string{"kubernetes.azure.com/managedby": "aks"} }

// namespace admits restricted Pods only.
func namespace() *corev1.Namespace {
	all := labels()
	all["pod-security.kubernetes.io/enforce"] = "restricted"
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace, Labels: all}}
}

// job runs the command once. Its Pod waits for the Secrets, which are made after it and belong to it, so that whatever has begun is collected.
func job(s spec) *batchv1.Job {
	all := labels()
	all[labelPrincipal] = s.Principal
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: jobName(s.ID), Labels: all},
		Spec: batchv1.JobSpec{
			BackoffLimit:            new(int32(0)),
			PodReplacementPolicy:    new(batchv1.Failed),
			ActiveDeadlineSeconds:   new(int64(command.MaxDuration.Seconds())),
			TTLSecondsAfterFinished: new(int32(command.Retention.Seconds())),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels(), Annotations: map[string]string{
					"cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
				}},
				Spec: pod(s),
			},
		},
	}
}

func pod(s spec) corev1.PodSpec {
	return corev1.PodSpec{
		RestartPolicy:                 corev1.RestartPolicyNever,
		AutomountServiceAccountToken:  new(false),
		EnableServiceLinks:            new(false),
		TerminationGracePeriodSeconds: new(int64(30)),
		SecurityContext:               securitycontext.Pod(),
		NodeSelector:                  map[string]string{"kubernetes.io/os": "linux"},
		Tolerations:                   []corev1.Toleration{{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists}},
		Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
				Weight: 100,
				Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: "kubernetes.azure.com/mode", Operator: corev1.NodeSelectorOpIn, Values: []string{"system"},
				}}},
			}},
		}},
		Containers: []corev1.Container{{
			Name:            "command",
			Image:           s.image,
			Command:         []string{"/usr/local/bin/runcommand", "--report=" + s.resultURL()},
			WorkingDir:      workPath,
			SecurityContext: securitycontext.Container(),
			Resources:       resources(),
			VolumeMounts: []corev1.VolumeMount{
				{Name: "input", MountPath: inputPath, ReadOnly: true},
				{Name: "files", MountPath: filesPath, ReadOnly: true},
				{Name: "work", MountPath: workPath},
				{Name: "temporary", MountPath: temporaryPath},
			},
		}},
		Volumes: []corev1.Volume{input(s), files(s), scratch("work"), scratch("temporary")},
	}
}

func resources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("512Mi")},
	}
}

func scratch(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: new(resource.MustParse("256Mi"))}}}
}

// Keys of the Secret that a command gets.
const (
	keyCommand, keyKubeconfig, keyAuthority, keyCertificate, keyKey = "command", "kubeconfig", "ca.crt", "tls.crt", "tls.key"
)

func input(s spec) corev1.Volume {
	var items []corev1.KeyToPath
	for _, key := range []string{keyCommand, keyKubeconfig, keyAuthority, keyCertificate, keyKey} {
		items = append(items, corev1.KeyToPath{Key: key, Path: key})
	}
	return secretVolume("input", inputName(s.ID), items, 0o440)
}

// files have the paths that the archive gave them; what was checked is what is mounted. Each may be run: an archive does not always say which is a program.
func files(s spec) corev1.Volume {
	if len(s.Files) == 0 {
		return corev1.Volume{Name: "files", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: new(resource.MustParse("1Mi"))}}}
	}
	var items []corev1.KeyToPath
	for i, f := range s.Files {
		items = append(items, corev1.KeyToPath{Key: fileKey(i), Path: f.Path})
	}
	return secretVolume("files", inputName(s.ID), items, 0o550)
}

func fileKey(i int) string { return "file-" + strconv.Itoa(i) }

func secretVolume(name, secret string, items []corev1.KeyToPath, mode int32) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: secret, Items: items, DefaultMode: &mode}}}
}

func (s spec) apiAddress() string { return net.JoinHostPort(s.api.String(), strconv.Itoa(apiPort)) }

func (s spec) resultURL() string {
	return fmt.Sprintf("https://%s/api/v1/namespaces/%s/secrets/%s", s.apiAddress(), Namespace, resultName(s.ID))
}

// parts of a command beside its Job, which owns them. The command line is a Secret too: it often holds one, and many may see Pods.
func parts(s spec, owner *batchv1.Job) ([]client.Object, error) {
	config, err := kubeconfig.Entry{
		Cluster: s.cluster, User: "command", Host: s.api.String(), Port: apiPort, Authority: s.Authority, Pair: s.Caller,
	}.Render()
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{
		keyCommand: []byte(s.Line), keyKubeconfig: config, keyAuthority: s.Authority, keyCertificate: s.Reporter.Certificate, keyKey: s.Reporter.Key,
	}
	for i, f := range s.Files {
		data[fileKey(i)] = f.Content
	}
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: Namespace, Name: name, Labels: labels(), OwnerReferences: []metav1.OwnerReference{
			*metav1.NewControllerRef(owner, batchv1.SchemeGroupVersion.WithKind("Job")),
		}}
	}
	result := resultName(s.ID)
	return []client.Object{
		&corev1.Secret{ObjectMeta: meta(inputName(s.ID)), Type: corev1.SecretTypeOpaque, Data: data, Immutable: new(true)},
		&corev1.Secret{ObjectMeta: meta(result), Type: corev1.SecretTypeOpaque},
		&rbacv1.Role{ObjectMeta: meta(result), Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{result}, Verbs: []string{"patch"},
		}}},
		&rbacv1.RoleBinding{
			ObjectMeta: meta(result),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: result},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: command.ReporterName(s.ID)}},
		},
	}, nil
}

// specOf a request for a cluster whose release is known.
func specOf(c *v1alpha1.ManagedCluster, release *v1alpha1.Release, r command.Request) (spec, error) {
	network, err := netip.ParsePrefix(c.Spec.Network.ServiceCIDR)
	if err != nil {
		return spec{}, fmt.Errorf("the service network of cluster %s: %w", c.Name, err)
	}
	return spec{
		Request: r, image: release.Spec.Images[v1alpha1.ImageRunCommand], api: network.Masked().Addr().Next(), cluster: strings.ToLower(c.Spec.Name),
	}, nil
}
