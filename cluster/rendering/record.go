package rendering

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Record of a part of a cluster that is rendered together, such as its add-ons.
type Record struct {
	// Release that it was rendered for.
	Release string
	// Inputs that it was rendered from, in JSON.
	Inputs []byte
	// Objects that it was rendered to, in their order.
	Objects []client.Object
}

// stored is a Record in JSON.
type stored struct {
	Release string          `json:"release"`
	Inputs  json.RawMessage `json:"inputs"`
	Objects []storedObject  `json:"objects"`
}

type storedObject struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Object     json.RawMessage `json:"object"`
}

// sumBytes of a record come before its compressed content, so that most reads need not unpack it.
const sumBytes = 16

// maxUnpacked bounds what a record can be unpacked to, in bytes. A control plane takes 40 KB.
const maxUnpacked = 4 << 20

// Encode the record, to be stored.
func (r Record) Encode() ([]byte, error) {
	sum, err := sumOf(r.Release, r.Inputs, r.Objects)
	if err != nil {
		return nil, err
	}
	s := stored{Release: r.Release, Inputs: r.Inputs}
	for _, o := range r.Objects {
		kind, err := apiutil.GVKForObject(o, scheme.Scheme)
		if err != nil {
			return nil, fmt.Errorf("recording %T %s: %w", o, o.GetName(), err)
		}
		content, err := json.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("recording %T %s: %w", o, o.GetName(), err)
		}
		s.Objects = append(s.Objects, storedObject{kind.GroupVersion().String(), kind.Kind, content})
	}
	packed := bytes.NewBufferString(sum)
	w := gzip.NewWriter(packed)
	if err := errors.Join(json.NewEncoder(w).Encode(s), w.Close()); err != nil {
		return nil, fmt.Errorf("packing a record: %w", err)
	}
	return packed.Bytes(), nil
}

// Decode what Encode made.
func Decode(content []byte) (Record, error) {
	if len(content) <= sumBytes {
		return Record{}, errors.New("the record is too short")
	}
	r, err := gzip.NewReader(bytes.NewReader(content[sumBytes:]))
	if err != nil {
		return Record{}, fmt.Errorf("unpacking a record: %w", err)
	}
	var s stored
	if err := json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(&s); err != nil {
		return Record{}, fmt.Errorf("reading a record: %w", err)
	}
	record := Record{Release: s.Release, Inputs: s.Inputs}
	for _, o := range s.Objects {
		object, err := o.decode()
		if err != nil {
			return Record{}, err
		}
		record.Objects = append(record.Objects, object)
	}
	return record, nil
}

func (s storedObject) decode() (client.Object, error) {
	kind := schema.FromAPIVersionAndKind(s.APIVersion, s.Kind)
	empty, err := scheme.Scheme.New(kind)
	if err != nil {
		empty = &unstructured.Unstructured{} // it was rendered without a Go type
	}
	object, ok := empty.(client.Object)
	if !ok {
		return nil, fmt.Errorf("reading a record: %s has no metadata", kind)
	}
	if err := json.Unmarshal(s.Object, object); err != nil {
		return nil, fmt.Errorf("reading a record's %s: %w", kind, err)
	}
	return object, nil
}

// holds reports whether a stored record has the sum of a release, inputs and objects.
func holds(content []byte, sum string) bool {
	return len(content) > sumBytes && string(content[:sumBytes]) == sum
}

func sumOf(release string, inputs []byte, objects []client.Object) (string, error) {
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(struct {
		Release string
		Inputs  []byte
		Objects []client.Object
	}{release, inputs, objects}); err != nil {
		return "", fmt.Errorf("hashing what was rendered: %w", err)
	}
	return fmt.Sprintf("%0*x", sumBytes, h.Sum64()), nil
}
