package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
)

// admit serves an admission webhook that allows everything, with the certificate of a mounted Secret.
func admit(directory string) error {
	return http.ListenAndServeTLS(":8443", filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key"), http.HandlerFunc(allow))
}

func allow(w http.ResponseWriter, r *http.Request) {
	var review struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Request    struct {
			UID string `json:"uid"`
		} `json:"request"`
	}
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"apiVersion": review.APIVersion, "kind": review.Kind,
		"response": map[string]any{"uid": review.Request.UID, "allowed": true},
	})
}
