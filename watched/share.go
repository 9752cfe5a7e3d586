package watched

import (
	"reflect"
	"unique"

	corev1 "k8s.io/api/core/v1"
)

// share makes equal texts and contents of objects one in memory: the names of labels, images and flags are the same in all clusters.
func share(o any) { walk(reflect.ValueOf(o)) }

func walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				walk(v.Field(i))
			}
		}
	case reflect.Slice:
		slice(v)
	case reflect.Map:
		entries(v)
	case reflect.String:
		if v.CanSet() && v.Len() > 0 {
			v.SetString(text(v.String()))
		}
	}
}

// text that is equal to others is the same in memory as long as any of them is used.
func text(s string) string { return unique.Make(s).Value() }

func slice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return
	}
	for i := range v.Len() {
		walk(v.Index(i))
	}
}

// entries of a map: texts, and what a Secret holds. Lists of resources are shared as a whole (requests), and read by others meanwhile.
func entries(v reflect.Value) {
	if v.Type().Key().Kind() != reflect.String || v.Type() == reflect.TypeFor[corev1.ResourceList]() {
		return
	}
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		walk(value)
		name := reflect.New(v.Type().Key()).Elem()
		name.SetString(text(key.String()))
		v.SetMapIndex(key, reflect.Value{}) // a map keeps the key that it was made with
		v.SetMapIndex(name, value)
	}
}
