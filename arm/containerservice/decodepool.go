package containerservice

import (
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
)

// decodeProfile reads a pool inside its cluster's body.
func decodeProfile(o *body.Object, present state) poolRequest {
	name, _ := o.String("name")
	req := newPoolRequest(name, present)
	o.Fail(naming.Pool(name, o.Path("name")))
	decodePool(o, &req)
	_ = o.Finish()
	return req
}

// decodePoolBody reads a pool as a resource of its own.
func decodePoolBody(o *body.Object, name string, present state) (poolRequest, error) {
	req := newPoolRequest(name, present)
	o.ReadOnly("id", "name", "type")
	if p := o.Object("properties"); p != nil {
		decodePool(p, &req)
		_ = p.Finish()
	}
	return req, o.Finish()
}

func newPoolRequest(name string, present state) poolRequest {
	req := poolRequest{name: name, path: "properties"}
	if present.cluster == nil {
		return req
	}
	if m, ok := present.member(name); ok {
		req.spec, req.present = *m.spec.DeepCopy(), &m.spec
		req.failed = m.object != nil && v1alpha1.CurrentOperation(m.object).State == v1alpha1.Failed
	}
	return req
}

func decodePool(o *body.Object, req *poolRequest) {
	spec, exists := &req.spec, req.present != nil
	req.path = o.Path("")
	o.ReadOnly("provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag")
	fixed(o, poolKnown)
	if v, ok := o.String("mode"); ok {
		spec.Mode = mode(v)
	}
	if v, ok := o.Int("count"); ok {
		spec.Count = v
	} else if !exists {
		spec.Count = 1
	}
	if v, ok := o.String("vmSize"); ok {
		o.Fail(keep(&spec.VMSize, v, exists, o.Path("vmSize")))
	}
	number(o, "osDiskSizeGB", &spec.OSDiskSizeGB, exists)
	number(o, "maxPods", &spec.MaxPods, exists)
	req.version, _ = o.String("orchestratorVersion")
	req.versionSent = o.Sent("orchestratorVersion")
	if v, ok := o.Map("nodeLabels"); ok {
		spec.NodeLabels = v
	}
	if v, ok := o.Strings("nodeTaints"); ok {
		spec.NodeTaints = v
	}
	if v, ok := o.Map("tags"); ok {
		spec.Tags = v
		o.Fail(naming.Tags(v, o.Path("tags")))
	}
}

// number takes a property that cannot change; 0 means the default.
func number(o *body.Object, name string, to *int32, exists bool) {
	v, ok := o.Int(name)
	if !ok || v == 0 {
		return
	}
	if exists && v != *to {
		o.Fail(unchangeable(o.Path(name), *to, v))
		return
	}
	*to = v
}

// mode as AKS writes it, whatever its case; what is neither is refused when the pool is checked.
func mode(v string) v1alpha1.PoolMode {
	for _, m := range []v1alpha1.PoolMode{v1alpha1.SystemPool, v1alpha1.UserPool} {
		if strings.EqualFold(v, string(m)) {
			return m
		}
	}
	return v1alpha1.PoolMode(v)
}

// keep sets a property at creation and refuses to change it later.
func keep(to *string, asked string, exists bool, target string) error {
	switch {
	case !exists:
		*to = asked
	case !strings.EqualFold(*to, asked):
		return unchangeable(target, *to, asked)
	}
	return nil
}

func unchangeable(target string, from, to any) error {
	return fault.New(fault.PropertyChangeNotAllowed, "Changing property '%s' is not allowed: it is '%v' and cannot become '%v'. "+
		"Leave it out, or make a new resource.", target, from, to).At(target)
}
