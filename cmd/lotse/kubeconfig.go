package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// userKubeconfig is a file, or if none is named what kubectl uses: the files that $KUBECONFIG lists, or ~/.kube/config.
func userKubeconfig(file string) clientcmd.ConfigAccess {
	options := clientcmd.NewDefaultPathOptions()
	options.LoadingRules.ExplicitPath = file
	return options
}

// mergeKubeconfig adds a kubeconfig's entries to the user's and makes its context the current one. As with kubectl, an entry that is there
// is replaced in the file that holds it, and a symbolic link stays one. Entries of other clusters are replaced only if the caller wants it.
// It answers with the file that holds the context.
func mergeKubeconfig(access clientcmd.ConfigAccess, added *api.Config, overwrite bool) (string, error) {
	all, err := access.GetStartingConfig()
	if err != nil {
		return "", fmt.Errorf("%w; correct or remove that file", err)
	}
	if holder := taken(all, added); holder != "" && !overwrite {
		return "", fmt.Errorf("%s has %s; give this one another name with --context, or replace that one with --overwrite-existing",
			access.GetDefaultFilename(), holder)
	}
	merge(all, added)
	file := access.GetDefaultFilename()
	for _, f := range destinations(added, file) {
		if err := ownersAlone(f); err != nil {
			return "", err
		}
	}
	if context := added.Contexts[added.CurrentContext]; context != nil {
		file = cmp.Or(context.LocationOfOrigin, file)
	}
	return file, clientcmd.ModifyConfig(access, *all, true)
}

// merge replaces entries where they are.
func merge(all, added *api.Config) {
	for name, v := range added.Clusters {
		if have := all.Clusters[name]; have != nil {
			v.LocationOfOrigin = have.LocationOfOrigin
		}
		all.Clusters[name] = v
	}
	for name, v := range added.AuthInfos {
		if have := all.AuthInfos[name]; have != nil {
			v.LocationOfOrigin = have.LocationOfOrigin
		}
		all.AuthInfos[name] = v
	}
	for name, v := range added.Contexts {
		if have := all.Contexts[name]; have != nil {
			v.LocationOfOrigin = have.LocationOfOrigin
		}
		all.Contexts[name] = v
	}
	all.CurrentContext = added.CurrentContext
}

// destinations of a user's keys, which other entries may share.
func destinations(added *api.Config, otherwise string) []string {
	files := []string{otherwise}
	for _, user := range added.AuthInfos {
		if user.LocationOfOrigin != "" {
			files = append(files, user.LocationOfOrigin)
		}
	}
	return files
}

// ownersAlone lets only the owner read a file that keys are about to be written to, and its directory if there is none yet.
func ownersAlone(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.Chmod(file, 0o600); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
