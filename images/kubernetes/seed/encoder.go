package seed

import (
	"context"
	"path"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/storage/value"
	restclient "k8s.io/client-go/rest"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// entry of the store.
type entry struct {
	key   string
	value []byte
}

// encoder makes entries of objects.
type encoder map[*kind]kindEncoder

type kindEncoder struct {
	options generic.RESTOptions
	fields  *managedfields.FieldManager
}

func newEncoder(config *genericapiserver.Config) (encoder, error) {
	types, err := types(config)
	if err != nil {
		return nil, err
	}
	encode := encoder{}
	for _, k := range kinds {
		options, err := config.RESTOptionsGetter.GetRESTOptions(k.resource.GroupResource(), k.sample)
		if err != nil {
			return nil, err
		}
		var reset map[fieldpath.APIVersion]fieldpath.Filter
		if strategy, ok := k.strategy.(rest.ResetFieldsStrategy); ok {
			reset = fieldpath.NewExcludeFilterSetMap(strategy.GetResetFields())
		}
		scheme, version := legacyscheme.Scheme, k.resource.GroupVersion()
		fields, err := managedfields.NewDefaultFieldManager(types, runtime.UnsafeObjectConvertor(scheme), scheme, scheme, version.WithKind(k.kind),
			k.hub(), "", reset)
		if err != nil {
			return nil, err
		}
		encode[k] = kindEncoder{options, fields}
	}
	return encode, nil
}

// types knows the fields of all kinds. What it builds the configuration keeps for the servers, which need it for all types.
func types(config *genericapiserver.Config) (managedfields.TypeConverter, error) {
	var names []string
	for _, k := range kinds {
		sample, err := legacyscheme.Scheme.New(k.resource.GroupVersion().WithKind(k.kind))
		if err != nil {
			return nil, err
		}
		names = append(names, util.GetCanonicalTypeName(sample))
	}
	spec, err := builder3.BuildOpenAPIDefinitionsForResources(config.OpenAPIV3Config, names...)
	if err != nil {
		return nil, err
	}
	return managedfields.NewTypeConverter(spec, false)
}

// object goes the way of a request that creates it.
func (e encoder) object(ctx context.Context, o seeded) (entry, error) {
	encode, scheme := e[o.of], legacyscheme.Scheme
	ctx = request.WithNamespace(ctx, rest.ExpectedNamespaceForScope(o.GetNamespace(), o.of.strategy.NamespaceScoped()))
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true, Verb: "create", APIGroup: o.of.resource.Group, APIVersion: o.of.resource.Version, Resource: o.of.resource.Resource,
	})
	scheme.Default(o.object)
	internal, err := scheme.ConvertToVersion(o.object, o.of.hub())
	if err != nil {
		return entry{}, err
	}
	before, err := scheme.New(o.of.resource.GroupVersion().WithKind(o.of.kind))
	if err != nil {
		return entry{}, err
	}
	internal = encode.fields.UpdateNoErrors(before, internal, manager(o.of))
	rest.FillObjectMetaSystemFields(internal.(metav1.Object))
	if err := rest.BeforeCreate(o.of.strategy, ctx, internal); err != nil {
		return entry{}, err
	}
	return encode.entry(ctx, internal)
}

// entry encodes for the store.
func (e kindEncoder) entry(ctx context.Context, o runtime.Object) (entry, error) {
	metadata := o.(metav1.Object)
	storage := e.options.StorageConfig
	key := root(storage.Prefix) + path.Join(strings.TrimPrefix(e.options.ResourcePrefix, "/"), metadata.GetNamespace(), metadata.GetName())
	data, err := runtime.Encode(storage.Codec, o)
	if err == nil && storage.Transformer != nil {
		data, err = storage.Transformer.TransformToStorage(ctx, data, value.DefaultContext(key))
	}
	return entry{key, data}, err
}

// root is the beginning of all keys.
func root(prefix string) string { return strings.TrimSuffix(path.Join("/", prefix), "/") + "/" }

// manager is how a request names the manager of its fields: by the program that sends it, unless it says another name.
func manager(k *kind) string {
	if k.manager != "" {
		return k.manager
	}
	name, _, _ := strings.Cut(restclient.DefaultKubernetesUserAgent(), "/")
	return name
}
