package request

import (
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
)

// Pool is one pool that a body asks for, merged over the present spec.
type Pool struct {
	Name string
	Spec v1alpha1.AgentPoolSpec
	// Present spec; nil for a new pool.
	Present *v1alpha1.AgentPoolSpec
	// Version as asked. VersionSent distinguishes "", which means the control plane's version, from no version, which means the present one.
	Version     string
	VersionSent bool
	// NodeImage that the pool is to be pinned to, if NodeImageSent; "" ends that.
	NodeImage     string
	NodeImageSent bool
	// Path of the pool's properties in the body.
	Path string
	// Failed reports that the pool's last operation failed. Its write repeats it, even if nothing changes.
	Failed bool
}

// DecodePool reads the body of a pool as a resource of its own. The error names every property that is wrong.
func DecodePool(o *body.Object, name string, present state.Cluster) (Pool, error) {
	req := Keep(name, present)
	o.Ignored("id", "name", "type")
	if p := o.Object("properties"); p != nil {
		decodePool(p, &req)
		_ = p.Finish()
	}
	return req, o.Finish()
}

// Keep asks for a pool as it is. It is a new one if there is none of the name.
func Keep(name string, present state.Cluster) Pool {
	req := Pool{Name: name, Path: "properties"}
	if p, ok := present.Pool(name); ok {
		req.Spec, req.Present, req.Failed = *p.Spec.DeepCopy(), &p.Spec, p.Failed()
	}
	return req
}

// decodeProfile reads a pool inside its cluster's body.
func decodeProfile(o *body.Object, present state.Cluster) Pool {
	name, _ := o.String("name")
	req := Keep(name, present)
	o.Fail(naming.Pool(name, o.Path("name")))
	decodePool(o, &req)
	_ = o.Finish()
	return req
}

func decodePool(o *body.Object, req *Pool) {
	spec, exists := &req.Spec, req.Present != nil
	req.Path = o.Path("")
	o.Ignored("provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag", "status")
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
	number(o, "osDiskSizeGB", spec.DiskSizeGB(), &spec.OSDiskSizeGB, exists)
	number(o, "maxPods", spec.MaxPods, &spec.MaxPods, exists)
	if v, ok := o.Choice("osSKU", "", wire.OSSKU, wire.OSSKUUbuntu); ok {
		spec.OSSKU = unless(v, wire.OSSKU)
	}
	if v, ok := o.Choice("scaleDownMode", "", string(v1alpha1.DeleteMachines), string(v1alpha1.DeallocateMachines)); ok {
		spec.ScaleDownMode = v1alpha1.ScaleDownMode(unless(v, string(v1alpha1.DeleteMachines)))
	}
	decodeUpgradeSettings(o.Object("upgradeSettings"), spec)
	spec.PowerState = askedPower(o.Object("powerState"), spec.PowerState) // of the pool by itself; the whole cluster's stays
	decodeExtension(o.Object("lotseProfile"), req)
	req.Version, _ = o.String("orchestratorVersion")
	req.VersionSent = o.Sent("orchestratorVersion")
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

// number takes a property that cannot change; 0 means the default. now is the value of a pool that exists, as it is shown.
func number(o *body.Object, name string, now int32, to *int32, exists bool) {
	v, ok := o.Int(name)
	switch {
	case !ok || v == 0:
	case !exists:
		*to = v
	case v != now:
		o.Fail(unchangeable(o.Path(name), now, v))
	}
}

// decodeUpgradeSettings merges each of them over the present one: old models do not know all. A 0 means the default.
func decodeUpgradeSettings(u *body.Object, spec *v1alpha1.AgentPoolSpec) {
	var settings v1alpha1.UpgradeSettings
	if spec.UpgradeSettings != nil {
		settings = *spec.UpgradeSettings
	}
	for name, to := range map[string]*string{"maxSurge": &settings.MaxSurge, "maxUnavailable": &settings.MaxUnavailable} {
		if v, ok := u.String(name); ok {
			*to = v
		}
	}
	for name, to := range map[string]*int32{
		"drainTimeoutInMinutes": &settings.DrainTimeoutInMinutes, "nodeSoakDurationInMinutes": &settings.NodeSoakDurationInMinutes,
	} {
		if v, ok := u.Int(name); ok {
			*to = v
		}
	}
	if v, ok := u.Choice("undrainableNodeBehavior", "", "Cordon", "Schedule"); ok {
		settings.UndrainableNodeBehavior = v
	}
	_ = u.Finish()
	spec.UpgradeSettings = nil
	if settings != (v1alpha1.UpgradeSettings{}) {
		spec.UpgradeSettings = &settings
	}
}

// askedPower is the power state that is asked for, as it is stored, or the present one.
func askedPower(p *body.Object, present v1alpha1.PowerState) v1alpha1.PowerState {
	if v, ok := p.Choice("code", "", string(v1alpha1.Running), string(v1alpha1.Stopped)); ok {
		present = v1alpha1.PowerState(unless(v, string(v1alpha1.Running)))
	}
	_ = p.Finish()
	return present
}

// decodeExtension reads what pools have beyond AKS's. Only the pin is the customer's.
func decodeExtension(e *body.Object, req *Pool) {
	e.Ignored("release", "waiting", "nodeImageDate")
	req.NodeImage, _ = e.String("nodeImageVersion")
	req.NodeImageSent = e.Sent("nodeImageVersion")
	_ = e.Finish()
}

// mode as AKS writes it, in any case. An unknown mode is refused when the pool is checked.
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
