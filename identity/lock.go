package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// errBusy means that another change has the lock.
var errBusy = errors.New("another change of the directory is in progress")

// Times of the lock: it expires some time after every request that may hold it has ended. A request waits for it with a pause between looks.
const (
	lockLifetime = 2 * time.Minute
	lockWait     = 10 * time.Second
	lockPause    = 50 * time.Millisecond
	lockRelease  = 5 * time.Second
	lockName     = "lotse-directory"
)

// directoryLock is a Lease that the holder writes against the version that it looked at: of two replicas only one can do that.
type directoryLock struct {
	client client.Client
	clock  clock.PassiveClock
	wait   time.Duration
}

func newDirectoryLock(c client.Client, now clock.PassiveClock) directoryLock {
	return directoryLock{client: c, clock: now, wait: lockWait}
}

// acquire the lock, or a conflict after some time. The caller releases it; otherwise it expires.
func (l directoryLock) acquire(ctx context.Context) (release func(), err error) {
	holder := rand.Text()
	err = wait.PollUntilContextTimeout(ctx, lockPause, l.wait, true, func(ctx context.Context) (bool, error) {
		err := l.try(ctx, holder)
		if errors.Is(err, errBusy) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
			return false, nil
		}
		return err == nil, err
	})
	switch {
	case err == nil:
		return func() { l.release(ctx, holder) }, nil
	case wait.Interrupted(err) && ctx.Err() == nil: // a conflict, so that the caller tries again
		return nil, apierrors.NewConflict(coordinationv1.Resource("leases"), lockName, errBusy)
	}
	return nil, fmt.Errorf("lock of the directory: %w", err)
}
func (l directoryLock) try(ctx context.Context, holder string) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: lockName}}
	err := l.client.Get(ctx, client.ObjectKeyFromObject(lease), lease)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if held(lease.Spec, l.clock.Now()) {
		return errBusy
	}
	lease.Spec = coordinationv1.LeaseSpec{
		HolderIdentity: &holder, LeaseDurationSeconds: ptr.To(int32(lockLifetime / time.Second)), RenewTime: ptr.To(metav1.NewMicroTime(l.clock.Now())),
	}
	if apierrors.IsNotFound(err) {
		return l.client.Create(ctx, lease, client.FieldOwner(v1alpha1.FieldManager))
	}
	return l.client.Update(ctx, lease, client.FieldOwner(v1alpha1.FieldManager))
}

// held reports whether the lock has a holder.
func held(s coordinationv1.LeaseSpec, now time.Time) bool {
	if ptr.Deref(s.HolderIdentity, "") == "" || s.RenewTime == nil {
		return false
	}
	return now.Before(s.RenewTime.Add(time.Duration(ptr.Deref(s.LeaseDurationSeconds, 0)) * time.Second))
}

// release the lock if it is still the holder's. If this fails, it expires.
func (l directoryLock) release(ctx context.Context, holder string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockRelease)
	defer cancel()
	lease := &coordinationv1.Lease{}
	if l.client.Get(ctx, client.ObjectKey{Namespace: v1alpha1.SystemNamespace, Name: lockName}, lease) != nil ||
		ptr.Deref(lease.Spec.HolderIdentity, "") != holder {
		return
	}
	lease.Spec.HolderIdentity = nil
	_ = l.client.Update(ctx, lease, client.FieldOwner(v1alpha1.FieldManager))
}
