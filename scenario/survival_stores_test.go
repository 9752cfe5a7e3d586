package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/scenario/survival"
)

// configMaps are the store of a hosted cluster.
type configMaps struct{ kube kubernetes.Interface }

var _ survival.Store = configMaps{}

func objectName(object int) string { return fmt.Sprintf("object-%02d", object) }

// Write implements survival.Store.
func (c configMaps) Write(ctx context.Context, object int, value int64) error {
	maps := c.kube.CoreV1().ConfigMaps(workload)
	o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: objectName(object)}, Data: map[string]string{"value": strconv.FormatInt(value, 10)}}
	_, err := maps.Update(ctx, o, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(ctx, o, metav1.CreateOptions{})
	}
	return err
}

// Read implements survival.Store.
func (c configMaps) Read(ctx context.Context, object int) (int64, error) {
	o, err := c.kube.CoreV1().ConfigMaps(workload).Get(ctx, objectName(object), metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(o.Data["value"], 10, 64)
}

// tags of a resource group are the front door's store.
type tags struct{ group string }

var _ survival.Store = tags{}

// Write implements survival.Store.
func (t tags) Write(ctx context.Context, object int, value int64) error {
	_, err := lotse.client.Put(ctx, lotse.client.GroupPath(t.group), map[string]any{
		"location": lotse.client.Credential.Location, "tags": map[string]string{objectName(object): strconv.FormatInt(value, 10)},
	})
	return err
}

// Read implements survival.Store.
func (t tags) Read(ctx context.Context, object int) (int64, error) {
	document, err := lotse.client.Get(ctx, lotse.client.GroupPath(t.group))
	if err != nil {
		return 0, err
	}
	var group struct{ Tags map[string]string }
	if err := json.Unmarshal(document, &group); err != nil {
		return 0, err
	}
	return strconv.ParseInt(group.Tags[objectName(object)], 10, 64)
}
