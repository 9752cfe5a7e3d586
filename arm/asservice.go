package arm

import (
	"context"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/middleware"
	"lotse.dev/audit"
	"lotse.dev/telemetry"
)

// asService writes in the name of the service, as a request is written: only in a subscription that is registered, and with two lines in the audit log. write
// calls announce when it has decided to write, before it does. What refuses the write is returned as a sentence; an error means that it could not be decided,
// a conflict also that it has to be decided again.
func (s *Server) asService(ctx context.Context, c *v1alpha1.ManagedCluster, record audit.Record,
	write func(ctx context.Context, announce func() error) error) (refused string, err error) {
	err = s.writeAsService(telemetry.WithCorrelationID(ctx, record.CorrelationID), c, record, write)
	if err == nil || apierrors.IsConflict(err) {
		return "", err
	}
	if e := fault.Of(err); e.Status() < http.StatusInternalServerError {
		return e.Message, nil
	}
	return "", err
}

func (s *Server) writeAsService(ctx context.Context, c *v1alpha1.ManagedCluster, record audit.Record,
	write func(ctx context.Context, announce func() error) error) error {
	sub := &v1alpha1.Subscription{}
	if err := s.options.Client.Get(ctx, client.ObjectKey{Name: c.Spec.SubscriptionID}, sub); err != nil {
		return err
	}
	if err := middleware.Writable(sub); err != nil {
		return err
	}
	began := s.options.Clock.Now()
	announced := false
	err := write(ctx, func() error {
		record.Time, record.Stage, announced = began.UTC(), audit.Received, true
		return s.options.Audit.Append(record)
	})
	if announced {
		s.answered(ctx, record, began, err)
	}
	return err
}

// answered writes the line of what became of a write that was announced.
func (s *Server) answered(ctx context.Context, record audit.Record, began time.Time, err error) {
	now := s.options.Clock.Now()
	record.Time, record.Stage, record.Status, record.Took = now.UTC(), audit.Answered, http.StatusAccepted, now.Sub(began).Milliseconds()
	if record.Method == http.MethodPut {
		record.Status = http.StatusOK
	}
	if err != nil {
		e := fault.Of(err)
		record.Status, record.Code = e.Status(), e.Detail().Code
	}
	if err := s.options.Audit.Append(record); err != nil {
		middleware.Lost(ctx, s.log, record, err)
	}
}
