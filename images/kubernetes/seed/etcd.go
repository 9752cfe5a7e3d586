package seed

import (
	"context"
	"errors"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"k8s.io/apiserver/pkg/server/egressselector"
	"k8s.io/apiserver/pkg/storage/storagebackend"
)

// connect is what the storage of each resource does for itself.
func connect(ctx context.Context, c storagebackend.TransportConfig) (*clientv3.Client, error) {
	config := clientv3.Config{Context: ctx, Endpoints: c.ServerList, Logger: zap.NewNop()}
	if c.CertFile != "" || c.KeyFile != "" || c.TrustedCAFile != "" {
		var err error
		config.TLS, err = transport.TLSInfo{CertFile: c.CertFile, KeyFile: c.KeyFile, TrustedCAFile: c.TrustedCAFile}.ClientConfig()
		if err != nil {
			return nil, err
		}
	}
	if c.EgressLookup != nil {
		dial, err := c.EgressLookup(egressselector.Etcd.AsNetworkContext())
		if err != nil {
			return nil, err
		}
		if dial != nil {
			return nil, errors.New("etcd is behind an egress proxy")
		}
	}
	return clientv3.New(config)
}

// isEmpty says whether no server has ever written below root.
func isEmpty(ctx context.Context, client clientv3.KV, root string) (bool, error) {
	found, err := client.Get(ctx, root, clientv3.WithPrefix(), clientv3.WithLimit(1), clientv3.WithKeysOnly())
	return err == nil && len(found.Kvs) == 0, err
}
