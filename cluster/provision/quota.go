package provision

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
)

// leastQuota holds what a cluster needs for itself.
const leastQuota = 16 << 20

// etcdQuota is what the operator set as the size of the cluster's store; 0 if nothing. A store's volume has capacity for the default.
func etcdQuota(c *v1alpha1.ManagedCluster) (int64, error) {
	text := c.Annotations[v1alpha1.AnnotationEtcdQuota]
	if text == "" {
		return 0, nil
	}
	quota, err := resource.ParseQuantity(text)
	if err != nil || quota.Value() < leastQuota || quota.Value() > controlplane.EtcdQuota {
		return 0, fmt.Errorf("annotation %s of cluster %s is %q; write a size from %dMi to %dMi, such as 512Mi, or take it away",
			v1alpha1.AnnotationEtcdQuota, c.Name, text, leastQuota>>20, controlplane.EtcdQuota>>20)
	}
	return quota.Value(), nil
}
