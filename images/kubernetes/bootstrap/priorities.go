package bootstrap

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	schedulingv1 "k8s.io/kubernetes/pkg/apis/scheduling/v1"
)

// ensurePriorityClasses creates the priority classes of the system that are missing.
func ensurePriorityClasses(ctx context.Context, client kubernetes.Interface) (bool, error) {
	classes := client.SchedulingV1().PriorityClasses()
	for _, class := range schedulingv1.SystemPriorityClasses() {
		_, err := classes.Get(ctx, class.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			_, err = classes.Create(ctx, class, metav1.CreateOptions{})
		} else if err != nil {
			klog.Warningf("unable to get PriorityClass %s, which is retried: %v", class.Name, err)
			return false, nil
		}
		switch {
		case apierrors.IsServiceUnavailable(err):
			klog.Infof("unable to create PriorityClass %s, which is retried: %v", class.Name, err)
			return false, nil
		case err != nil && !apierrors.IsAlreadyExists(err):
			return false, err
		}
	}
	return true, nil
}
