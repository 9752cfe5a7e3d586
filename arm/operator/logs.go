package operator

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/route"
)

// own are Lotse's own components: the application's name and the container.
var own = map[string]struct{ app, container string }{
	"lotse": {"lotse", "lotse"}, "registry": {"registry", "write"},
}

func (p *Provider) clusterLogs(w http.ResponseWriter, r *route.Request) error {
	c, err := inventory.ExistingCluster(r.Context(), p.Client, r.SubscriptionID(), r.Param("group"), r.Param("cluster"))
	if err != nil {
		return err
	}
	name := r.Param("component")
	if !slices.Contains(v1alpha1.ComponentNames, name) {
		return unknown(name, v1alpha1.ComponentNames)
	}
	return p.send(w, r, name, v1alpha1.ControlPlaneNamespace(c.Name), client.MatchingLabels{
		v1alpha1.LabelComponent: v1alpha1.PodComponent(name), v1alpha1.LabelCluster: c.Name, v1alpha1.LabelSubscription: c.Spec.SubscriptionID,
	})
}

func (p *Provider) ownLogs(w http.ResponseWriter, r *route.Request) error {
	name := r.Param("component")
	c, known := own[name]
	if !known {
		return unknown(name, slices.Sorted(maps.Keys(own)))
	}
	return p.send(w, r, c.container, v1alpha1.SystemNamespace, client.MatchingLabels{"app.kubernetes.io/name": c.app})
}

func unknown(name string, known []string) error {
	return fault.New(fault.NotFound, "There is no component '%s'; there are %s. Logs of a customer's nodes are not among them: they need "+
		"the customer's consent.", name, strings.Join(known, ", "))
}

// send the log of the newest Pod of a component.
func (p *Provider) send(w http.ResponseWriter, r *route.Request, container, namespace string, labels client.MatchingLabels) error {
	options, err := asked(r)
	if err != nil {
		return err
	}
	options.Container = container
	var pods corev1.PodList
	if err := p.Client.List(r.Context(), &pods, client.InNamespace(namespace), labels); err != nil {
		return err
	}
	pod := newest(pods.Items)
	if pod == nil || p.Logs == nil {
		return fault.New(fault.NotFound, "The component '%s' has no Pod at present, and therefore no log.", r.Param("component"))
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(p.Closing, stop)()
	log, err := p.Logs(ctx, namespace, pod.Name, options)
	switch {
	case apierrors.IsNotFound(err) || apierrors.IsBadRequest(err): // not started yet, or no earlier container
		return fault.New(fault.NotFound, "The component '%s' has no such log: %v.", r.Param("component"), err)
	case err != nil:
		return err
	}
	defer log.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Lotse-Pod", pod.Name)
	copyLines(w, log)
	return nil
}

// copyLines as they come. If the client has gone or the log breaks off the answer ends, because it has begun already.
func copyLines(w http.ResponseWriter, log io.Reader) {
	flush := http.NewResponseController(w)
	buffer := make([]byte, 16<<10)
	for {
		n, err := log.Read(buffer)
		if _, gone := w.Write(buffer[:n]); err != nil || gone != nil {
			return
		}
		if flush.Flush() != nil {
			return
		}
	}
}

// asked reads the query: follow, previous, tailLines, sinceSeconds, timestamps.
func asked(r *route.Request) (*corev1.PodLogOptions, error) {
	o := &corev1.PodLogOptions{
		Follow: route.Query(r.Request, "follow") == "true", Previous: route.Query(r.Request, "previous") == "true",
		Timestamps: route.Query(r.Request, "timestamps") == "true",
	}
	for _, q := range []struct {
		name  string
		value **int64
		least int64
	}{{"tailLines", &o.TailLines, 0}, {"sinceSeconds", &o.SinceSeconds, 1}} {
		text := route.Query(r.Request, q.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < q.least {
			return nil, fault.New(fault.InvalidParameter, "The query parameter '%s' must be a whole number of at least %d; it is '%s'.",
				q.name, q.least, text).At(q.name)
		}
		*q.value = ptr.To(n)
	}
	return o, nil
}

// newest Pod that is not terminating, else the newest.
func newest(pods []corev1.Pod) (found *corev1.Pod) {
	for i := range pods {
		p := &pods[i]
		staying := p.DeletionTimestamp == nil
		if found == nil || (staying && found.DeletionTimestamp != nil) ||
			(staying == (found.DeletionTimestamp == nil) && found.CreationTimestamp.Before(&p.CreationTimestamp)) {
			found = p
		}
	}
	return found
}
