package rendering

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// differing are the names whose hash is another one, or that only one of two has.
func differing(before, now map[string]string) []string {
	var names []string
	for name, hash := range now {
		if before[name] != hash {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, found := now[name]; !found {
			names = append(names, name)
		}
	}
	return names
}

// reshaped are the recorded Secrets that are about to be rendered anew with other keys than those that recorded Pods look for.
func reshaped(recorded, before []client.Object, is map[key]client.Object) []string {
	was := byKey(before)
	var names []string
	for _, o := range recorded {
		old, isSecret := o.(*corev1.Secret)
		next, rendered := is[keyOf(o)].(*corev1.Secret)
		if !isSecret || !rendered || slices.Equal(slices.Sorted(maps.Keys(old.Data)), slices.Sorted(maps.Keys(next.Data))) {
			continue
		}
		if alike, err := same(was[keyOf(o)], next); err != nil || !alike { // or it stays as it is recorded
			names = append(names, o.GetName())
		}
	}
	return names
}

// mounts reports whether a workload's Pods have one of these Secrets in a volume.
func mounts(o client.Object, secrets []string) bool {
	return slices.ContainsFunc(volumes(o), func(v corev1.Volume) bool {
		if v.Secret != nil && slices.Contains(secrets, v.Secret.SecretName) {
			return true
		}
		return v.Projected != nil && slices.ContainsFunc(v.Projected.Sources, func(s corev1.VolumeProjection) bool {
			return s.Secret != nil && slices.Contains(secrets, s.Secret.Name)
		})
	})
}

func volumes(o client.Object) []corev1.Volume {
	switch o := o.(type) {
	case *appsv1.StatefulSet:
		return o.Spec.Template.Spec.Volumes
	case *appsv1.Deployment:
		return o.Spec.Template.Spec.Volumes
	case *appsv1.DaemonSet:
		return o.Spec.Template.Spec.Volumes
	}
	return nil
}
