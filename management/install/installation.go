package install

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/images"
	"lotse.dev/management/host"
	"lotse.dev/management/report"
)

// installation installs Lotse on one cluster.
type installation struct {
	cluster   client.Client
	target    Target
	catalogue images.Catalogue
	artifacts string
	// credentials is the directory for admin.json and ca.crt.
	credentials string
	// endpoint returns the front door's address outside the cluster. It is called after the front door's Service exists.
	endpoint func(context.Context) (string, error)
	// dial connects to the registry; trust configures it in this host's containerd if the cluster runs on this host.
	dial  dialer
	trust func(ca []byte) error
	steps *report.Steps
	clock clock.PassiveClock
}

// run installs everything and returns the endpoint.
func (i *installation) run(ctx context.Context) (endpoint string, err error) {
	if err := i.target.need("registry", "lotse"); err != nil {
		return "", err
	}
	if err := i.steps.Do("definitions and roles", func() error { return i.define(ctx) }); err != nil {
		return "", err
	}
	var k contents
	err = i.steps.Do("keys", func() (err error) {
		k, err = i.keys(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	err = i.steps.Do("registry, front door, administrator", func() (err error) {
		endpoint, err = i.workloads(ctx, k)
		return err
	})
	if err != nil {
		return "", err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return i.fillRegistry(ctx, k) })
	both.Go(func() error {
		return i.steps.Do("Lotse is ready", func() error { return i.ready(ctx, endpoint, k[secretFrontDoor][keyAuthority]) })
	})
	return endpoint, both.Wait()
}

func (i *installation) define(ctx context.Context) error {
	all, err := definitions()
	if err != nil {
		return err
	}
	all = append(all, namespace(i.target))
	all = append(all, isolation()...)
	all = append(all, limits()...) // before the rights that they limit
	return apply.Objects(ctx, i.cluster, append(all, roles()...)...)
}

// keys reads the registry's address and creates or renews every key.
func (i *installation) keys(ctx context.Context) (contents, error) {
	if err := apply.Objects(ctx, i.cluster, registryService(i.target), lotseService(i.target)); err != nil {
		return nil, err
	}
	var service corev1.Service
	if err := i.cluster.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: registryName}, &service); err != nil {
		return nil, fmt.Errorf("address of the registry: %w", err)
	}
	i.target.RegistryIP = service.Spec.ClusterIP
	have, err := present(ctx, i.cluster)
	if err != nil {
		return nil, err
	}
	k, err := keys(have, tlsSecrets(i.target), i.clock.Now())
	if err != nil {
		return nil, err
	}
	for _, name := range secretNames {
		if err := apply.Object(ctx, i.cluster, k.secret(name)); err != nil {
			return nil, err
		}
	}
	return k, i.trust(k[secretRegistry][keyAuthority])
}

// present are Lotse's Secrets as they are.
func present(ctx context.Context, c client.Client) (contents, error) {
	have := contents{}
	for _, name := range secretNames {
		data, err := secretData(ctx, c, name)
		if err != nil {
			return nil, err
		}
		have[name] = data
	}
	return have, nil
}

// secretData is empty if there is no such Secret.
func secretData(ctx context.Context, c client.Client, name string) (map[string][]byte, error) {
	var s corev1.Secret
	err := c.Get(ctx, client.ObjectKey{Namespace: systemNamespace, Name: name}, &s)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return s.Data, nil
}

// workloads applies the Deployments, the release and the administrator.
func (i *installation) workloads(ctx context.Context, k contents) (endpoint string, err error) {
	if endpoint, err = i.endpoint(ctx); err != nil {
		return "", err
	}
	i.target.PublicURL = cmp.Or(i.target.PublicURL, endpoint)
	deployment, err := lotse(i.target, k)
	if err != nil {
		return "", err
	}
	if err := applied(ctx, i.cluster, append(registry(i.target, k), auditVolume(), deployment)...); err != nil {
		return "", err
	}
	r, err := release(i.catalogue, i.target.Images)
	if err != nil {
		return "", err
	}
	if err := applied(ctx, i.cluster, r); err != nil {
		return "", err
	}
	return endpoint, i.administrator(ctx, endpoint, k[secretFrontDoor][keyAuthority])
}

func (i *installation) administrator(ctx context.Context, endpoint string, ca []byte) error {
	file := i.credentialFile()
	credential, err := readCredential(file)
	if err != nil {
		return err
	}
	var subscriptions v1alpha1.SubscriptionList
	if err := eventually(ctx, 20*time.Second, func() error { return i.cluster.List(ctx, &subscriptions) }); err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	credential = credential.complete(subscriptions.Items)
	credential.Endpoint, credential.CAFile = endpoint, i.credentials+"/ca.crt"
	if err := errors.Join(writePrivate(credential.CAFile, ca, 0o644), credential.write(file)); err != nil {
		return err
	}
	return eventually(ctx, 20*time.Second, func() error { return i.register(ctx, credential) })
}

// register makes the directory accept the credential. The hash is stored before the principal refers to it.
func (i *installation) register(ctx context.Context, credential Credential) error {
	var principal v1alpha1.Principal
	err := i.cluster.Get(ctx, client.ObjectKey{Name: credential.AppID}, &principal)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("administrator: %w", err)
	}
	hashes, err := secretData(ctx, i.cluster, credential.secretName())
	if err != nil {
		return err
	}
	secrets := principal.Spec.Secrets
	if !credential.accepted(secrets, hashes) {
		entry, secret, err := credential.hashed(i.clock.Now())
		if err != nil {
			return err
		}
		if err := putHash(ctx, i.cluster, secret); err != nil {
			return err
		}
		secrets = append(secrets, entry)
	}
	if principal.Name != "" && len(secrets) > len(principal.Spec.Secrets) {
		principal.Spec.Secrets = secrets
		if err := i.cluster.Update(ctx, &principal, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return fmt.Errorf("administrator: %w", err)
		}
	}
	return create(ctx, i.cluster, credential.administrator(secrets)...)
}

// putHash adds the hash to the Secret and keeps those of other secrets.
func putHash(ctx context.Context, cluster client.Client, secret *corev1.Secret) error {
	err := cluster.Create(ctx, secret.DeepCopy(), client.FieldOwner(v1alpha1.FieldManager))
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	patch := client.MergeFrom(&corev1.Secret{ObjectMeta: secret.ObjectMeta})
	return cluster.Patch(ctx, secret.DeepCopy(), patch, client.FieldOwner(v1alpha1.FieldManager))
}

func (i *installation) credentialFile() string {
	return filepath.Join(i.credentials, host.CredentialFile)
}

// fillRegistry waits for the registry and pushes the images that it lacks.
func (i *installation) fillRegistry(ctx context.Context, k contents) error {
	if err := i.steps.Do("registry is ready", func() error { return i.registryReady(ctx) }); err != nil {
		return err
	}
	transport, err := registryTransport(k, i.dial)
	if err != nil {
		return err
	}
	return i.steps.DoNamed(func() (string, error) {
		n, err := push(ctx, i.catalogue, i.artifacts, fmt.Sprintf("%s:%d", registryHost, registryWritePort), remote.WithTransport(transport))
		return fmt.Sprintf("registry: %d images pushed", n), err
	}, "images into the registry")
}

// registryReady waits for the Deployment and then for a connection: kube-proxy writes the rules of a Service a moment after its Pods are ready.
func (i *installation) registryReady(ctx context.Context) error {
	if err := available(ctx, i.cluster, registryName, 2*time.Minute); err != nil {
		return err
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := i.dial(ctx, "tcp", "")
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("registry: %w", err)
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// ready waits for the Deployment and then for the front door at the address that users have.
func (i *installation) ready(ctx context.Context, endpoint string, ca []byte) error {
	if err := available(ctx, i.cluster, lotseName, 3*time.Minute); err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	door := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := healthy(ctx, &door, endpoint+"/healthz")
		if err == nil || time.Now().After(deadline) {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func healthy(ctx context.Context, door *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := door.Do(request)
	if err != nil {
		return fmt.Errorf("front door: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("front door: %s answers %s", url, response.Status)
	}
	return nil
}
