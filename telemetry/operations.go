package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// Operations counts and logs the operations of all resources by watching their records. It is a Runnable of the leader, so that each
// operation is counted once.
type Operations struct {
	Cache cache.Cache
	Clock clock.PassiveClock
	Log   *slog.Logger
}

// tracked are the kinds that have operations.
var tracked = []struct {
	kind  string
	empty client.Object
}{
	{"ManagedCluster", &v1alpha1.ManagedCluster{}}, {"AgentPool", &v1alpha1.AgentPool{}},
	{"ResourceGroup", &v1alpha1.ResourceGroup{}}, {"ScaleSet", &v1alpha1.ScaleSet{}},
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (*Operations) NeedLeaderElection() bool { return true }

// Start implements manager.Runnable.
func (o *Operations) Start(ctx context.Context) error {
	for _, t := range tracked {
		informer, err := o.Cache.GetInformer(ctx, t.empty)
		if err != nil {
			return fmt.Errorf("watching operations: %w", err)
		}
		registration, err := informer.AddEventHandler(o.handler(t.kind))
		if err != nil {
			return fmt.Errorf("watching operations: %w", err)
		}
		defer func() { _ = informer.RemoveEventHandler(registration) }() // the cache ends too
	}
	<-ctx.Done()
	return nil
}

func (o *Operations) handler(kind string) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) {
			was, ok := before.(v1alpha1.Tracked)
			is, ok2 := after.(v1alpha1.Tracked)
			if ok && ok2 {
				o.changed(kind, was, is)
			}
		},
		DeleteFunc: func(last any) {
			if unknown, ok := last.(toolscache.DeletedFinalStateUnknown); ok {
				last = unknown.Obj
			}
			if was, ok := last.(v1alpha1.Tracked); ok && was.GetDeletionTimestamp() != nil {
				o.deleted(kind, was)
			}
		},
	}
}

func (o *Operations) changed(kind string, was, is v1alpha1.Tracked) {
	for _, t := range transitions(was.GetProgress().Operations, is.GetProgress().Operations) {
		op := t.operation
		log := o.logger(kind, is, op)
		switch t.to {
		case begun:
			log.Info("operation began")
		case waits:
			log.Debug("operation waits", "for", op.Waiting, "percent", op.Percent)
		case ended:
			took := op.EndedAt.Sub(op.StartedAt.Time)
			operationSeconds.WithLabelValues(kind, op.Verb, string(op.State)).Observe(took.Seconds())
			if op.Error != nil {
				log = log.With("code", op.Error.Code, "message", op.Error.Message)
			}
			log.Info("operation ended", "outcome", op.State, "took", took.String())
		}
	}
}

// deleted ends a delete, whose record is gone with the object.
func (o *Operations) deleted(kind string, was v1alpha1.Tracked) {
	op := v1alpha1.CurrentOperation(was)
	took := o.Clock.Since(was.GetDeletionTimestamp().Time)
	operationSeconds.WithLabelValues(kind, v1alpha1.Deleting, string(v1alpha1.Succeeded)).Observe(took.Seconds())
	op.Verb, op.CorrelationID = v1alpha1.Deleting, was.GetAnnotations()[v1alpha1.AnnotationCorrelationID]
	o.logger(kind, was, op).Info("operation ended", "outcome", v1alpha1.Succeeded, "took", took.String())
}

func (o *Operations) logger(kind string, of v1alpha1.Tracked, op v1alpha1.Operation) *slog.Logger {
	return o.Log.With("kind", kind, "namespace", of.GetNamespace(), "name", of.GetName(), "verb", op.Verb,
		"operation", operationOf(of.GetName(), of.GetUID(), op.Generation), "correlationId", op.CorrelationID)
}

func operationOf(name string, uid types.UID, generation int64) string {
	return fmt.Sprintf("%s.%s.%d", name, uid, generation)
}

// stage of an operation.
type stage int

const (
	begun stage = iota
	waits
	ended
)

// transition of an operation into a stage.
type transition struct {
	to        stage
	operation v1alpha1.Operation
}

// transitions of operations between two states of a resource. A delete ends when the resource is gone, and not before.
func transitions(before, after []v1alpha1.Operation) (found []transition) {
	had := map[int64]v1alpha1.Operation{}
	for _, op := range before {
		had[op.Generation] = op
	}
	for _, op := range after {
		was, known := had[op.Generation]
		switch {
		case op.State == v1alpha1.InProgress && !known:
			found = append(found, transition{begun, op})
		case op.State == v1alpha1.InProgress && op.Waiting != was.Waiting:
			found = append(found, transition{waits, op})
		case op.EndedAt == nil || op.State == v1alpha1.InProgress || (known && was.State == op.State):
		case op.Verb != v1alpha1.Deleting || op.State != v1alpha1.Succeeded:
			found = append(found, transition{ended, op})
		}
	}
	return found
}
