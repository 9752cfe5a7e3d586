package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
)

// TestAFullStore: an etcd at its quota refuses writes. The cluster says so and what to do; when its customer has deleted enough the service
// lets writes in again by itself; and a cluster that is full can be deleted.
func TestAFullStore(t *testing.T) {
	t.Parallel()
	s := begin(t, ownCluster(t, "full", map[string]any{"agentPoolProfiles": []any{pool("sys", "System", 1)}}))
	m := openManagement(t)

	s.step("its operator gives it a small store")
	m.limitStore(s, "32Mi")

	s.step("the customer fills it, and the cluster says that it is full, how full, and what to do")
	s.fillStore()
	health := s.etcdHealth()
	for _, part := range []string{"full", " of 32 MiB", "refuses writes", "Delete objects", "Below 25 MiB"} {
		if health.Healthy || !strings.Contains(health.Message, part) {
			s.fail("etcd's health is %+v, without %q", health, part)
		}
	}

	s.step("so do lotse status, the metrics and the cluster's conditions")
	status, err := lotse.cli(s.ctx, "status")
	if line := grep(status, s.cluster.name+" "); !strings.Contains(line, "etcd full: its data takes") {
		s.fail("lotse status says %q (%v)", line, err)
	}
	_, scraped := m.scrapeOwn(s)
	labels := fmt.Sprintf(`resource_group="%s",subscription="%s"}`, s.group, strings.ToLower(lotse.client.Credential.SubscriptionID))
	if value(scraped, `lotse_control_plane_component_healthy{cluster="full",component="etcd",`+labels) != 0 ||
		value(scraped, `lotse_control_plane_store_used_ratio{cluster="full",`+labels) < 0.8 {
		s.fail("the metrics say\n%s", grep(scraped, `cluster="full"`))
	}
	if c := m.storeCondition(s); c.Status != "False" || c.Reason != "Full" {
		s.fail("the condition is %+v", c)
	}

	s.step("it can still be read, and nothing is restarted for it")
	kept, err := s.kube.CoreV1().ConfigMaps(s.namespace).List(s.ctx, metav1.ListOptions{})
	s.need(err)
	if len(kept.Items) < 20 {
		s.fail("only %d objects are there", len(kept.Items))
	}
	if now := s.etcdHealth(); now.Restarts != 0 {
		s.fail("etcd's health is %+v", now)
	}

	s.step("the customer deletes, and writes are let in again")
	emptied := time.Now()
	s.need(s.kube.CoreV1().ConfigMaps(s.namespace).DeleteCollection(s.ctx, metav1.DeleteOptions{}, metav1.ListOptions{}))
	s.until("a write to be let in", time.Minute, func() (bool, string) {
		err := s.putMap("after", 1)
		return err == nil, fmt.Sprint(err)
	})
	t.Logf("writes were let in %.1f s after that", time.Since(emptied).Seconds())
	s.until("etcd to be healthy", 30*time.Second, func() (bool, string) {
		h := s.etcdHealth()
		return h.Healthy && h.Message == "" && h.Restarts == 0, fmt.Sprintf("%+v", h)
	})
	if c := m.storeCondition(s); c.Status != "True" || c.Reason != "WithinQuota" {
		s.fail("the condition is %+v", c)
	}

	s.step("full once more, it can be deleted")
	s.fillStore()
	operation, err := lotse.client.Delete(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
	s.need(err)
	s.need(operation.Wait(s.ctx, nil))
}

// fillStore until the service says that data fills it. A store full of free pages is compacted, so refused writes alone do not count.
func (s *story) fillStore() {
	s.Helper()
	written := 0
	s.until("etcd to be full of data", 90*time.Second, func() (bool, string) {
		var err error
		for err == nil && written < 500 {
			written++
			err = s.putMap(fmt.Sprintf("load-%d-%d", s.number, written), 512<<10)
		}
		if err != nil && !strings.Contains(err.Error(), "database space exceeded") {
			return false, err.Error()
		}
		h := s.etcdHealth()
		return !h.Healthy && strings.Contains(h.Message, "its data takes"), fmt.Sprintf("%+v after %d writes (%v)", h, written, err)
	})
}

func (s *story) putMap(name string, size int) error {
	_, err := s.kube.CoreV1().ConfigMaps(s.namespace).Create(s.ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"load": strings.Repeat("x", size)},
	}, metav1.CreateOptions{})
	return err
}

// etcdHealth is what the front door shows to the customer.
func (s *story) etcdHealth() (found v1alpha1.ComponentHealth) {
	s.Helper()
	document, err := lotse.client.Get(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
	s.need(err)
	var view struct {
		Properties struct {
			LotseProfile struct{ Components []v1alpha1.ComponentHealth }
		}
	}
	s.need(json.Unmarshal(document, &view))
	for _, h := range view.Properties.LotseProfile.Components {
		if h.Name == "etcd" {
			return h
		}
	}
	s.fail("etcd is not among the components of %s", document)
	return found
}

var managedClusters = schema.GroupVersionResource{Group: "lotse.dev", Version: "v1alpha1", Resource: "managedclusters"}

// limitStore as the operator does, and waits until etcd has been replaced and takes writes.
func (m *management) limitStore(s *story, quota string) {
	s.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationEtcdQuota, quota)
	namespace := v1alpha1.SubscriptionNamespace(lotse.client.Credential.SubscriptionID)
	_, err := m.dynamic.Resource(managedClusters).Namespace(namespace).
		Patch(s.ctx, m.objectName(s.cluster), types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	s.need(err)
	s.until("etcd with its new quota", time.Minute, func() (bool, string) {
		c := m.recorded(s)
		return c.Status.Store != nil && c.Status.Store.QuotaBytes == 32<<20, fmt.Sprintf("%+v", c.Status.Store)
	})
	s.until("the cluster to take writes", time.Minute, func() (bool, string) {
		err := s.putMap(fmt.Sprint("before-", time.Now().UnixNano()), 1)
		return err == nil && s.etcdHealth().Healthy, fmt.Sprint(err)
	})
}

// recorded is the cluster as the management cluster has it.
func (m *management) recorded(s *story) (c v1alpha1.ManagedCluster) {
	s.Helper()
	namespace := v1alpha1.SubscriptionNamespace(lotse.client.Credential.SubscriptionID)
	o, err := m.dynamic.Resource(managedClusters).Namespace(namespace).Get(s.ctx, m.objectName(s.cluster), metav1.GetOptions{})
	s.need(err)
	content, err := o.MarshalJSON()
	s.need(err)
	s.need(json.Unmarshal(content, &c))
	return c
}

func (m *management) storeCondition(s *story) (found metav1.Condition) {
	s.Helper()
	for _, c := range m.recorded(s).Status.Conditions {
		if c.Type == "StoreWithinQuota" {
			return c
		}
	}
	return found
}

// scrapeOwn reads Lotse's metrics with the service account that may.
func (m *management) scrapeOwn(s *story) (status int, body string) {
	s.Helper()
	url, web := m.metrics(s)
	return scrape(s, web, url, m.token(s, "lotse-metrics"))
}
