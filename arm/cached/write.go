package cached

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// write that the cache may not have seen.
type write struct {
	uid     types.UID
	version string // of the object after it
	newer   bool   // the object has a newer version than this one
	removed bool   // the object is being deleted, or is gone
	gone    bool   // the object is gone
	until   time.Time
}

// ahead decides whether the cache has not seen the write yet. cached is its object of the name, or nil.
func (w write) ahead(now time.Time, cached client.Object) bool {
	another := cached != nil && w.uid != "" && w.uid != cached.GetUID()
	switch {
	case !w.until.IsZero() && !now.Before(w.until):
		return false
	case w.gone:
		return cached != nil && !another
	case w.removed && (cached == nil || another):
		return false
	case cached == nil, w.removed && cached.GetDeletionTimestamp() == nil:
		return true
	case w.removed && w.version == "":
		return false
	}
	order, err := resourceversion.CompareResourceVersion(cached.GetResourceVersion(), w.version)
	return err != nil || order < 0 || w.newer && order == 0
}

// then is what is expected after both, whichever was recorded first: writes that run side by side are recorded in any order.
func (w write) then(other write) write {
	order, err := resourceversion.CompareResourceVersion(w.version, other.version)
	switch {
	case w.gone && w.uid == other.uid, other.gone && w.uid != other.uid && w.uid != "":
		return w
	case other.gone || err != nil:
		return other
	case w.uid != other.uid && w.uid != "" && order > 0:
		return w
	case w.uid != other.uid:
		return other
	case order > 0:
		w, other = other, w
	}
	other.removed = other.removed || w.removed
	return other
}
