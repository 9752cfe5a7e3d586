package provision

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/queue"
	"lotse.dev/cluster/rotation"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
)

// Facts are what is known of a cluster at one moment; decisions depend on nothing else.
type Facts struct {
	// Cluster as it was read, with its operation begun.
	Cluster *v1alpha1.ManagedCluster
	// Now is the time of operations and conditions. It may be ahead of RealNow, the time of certificates and of resyncs.
	Now, RealNow time.Time
	// PublicHost is the address or name under which customers reach node ports.
	PublicHost string
	// Ahead is how many clusters are ahead in the provisioning queue, of which MaxConcurrent, at least 1, are provisioned at the same time.
	Ahead, MaxConcurrent int
	// Release of the cluster; nil if it is not installed.
	Release *v1alpha1.Release
	// Objects are the node resource group, the namespaces, and what is in them, but for Pods and Secrets.
	Objects Objects
	// Pods of the control plane.
	Pods []corev1.Pod
	// Secrets of the control plane, by name.
	Secrets map[string]*corev1.Secret
	// Pools of the cluster, by object name.
	Pools map[string]*v1alpha1.AgentPool
	// Machines of the cluster; gathered only while its authorities are rotated.
	Machines []rotation.Machine
	// Addons of the hosted cluster.
	Addons Addons
	// Refused is a write that can never succeed.
	Refused *v1alpha1.OperationError
	// Trouble is an error of a step. The next reconcile may not meet it.
	Trouble error
}

// Addons is what is known of the add-ons in the hosted cluster.
type Addons struct {
	// Hash of what was applied last, and when; zero if this process has not applied them.
	Hash uint64
	At   time.Time
	// NoCredential: the service's credential cannot be read yet.
	NoCredential bool
	// NoAnswer: the API server was asked in this reconcile and did not answer.
	NoAnswer bool
}

// Queued reports whether the cluster waits in the provisioning queue.
func (f Facts) Queued() bool {
	return !queue.Provisioned(f.Cluster) && !queue.IsAdmitted(f.Cluster) && f.Ahead >= f.MaxConcurrent
}

func (f Facts) ref() controlplane.Ref {
	return controlplane.Ref{Cluster: f.Cluster.Name, Subscription: f.Cluster.Spec.SubscriptionID}
}

// Contents of the control plane's Secrets. A Secret that another writer put there is none of them: no key of the cluster comes from it.
func (f Facts) Contents() credentials.Contents {
	contents := credentials.Contents{}
	for name, s := range f.Secrets {
		if f.Cluster.Owns(s) {
			contents[name] = s.Data
		}
	}
	return contents
}
