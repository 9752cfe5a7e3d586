package gate_test

import (
	"net/http"
	"testing"
	"time"
)

func TestWhatNothingRefersToIsCollected(t *testing.T) {
	s := newFixture(t)
	kept, shared, alone := []byte("kept"), []byte("shared"), []byte("alone")
	s.want("kept", s.image(anna+"/kept", "1", kept), http.StatusCreated, "")
	s.want("shared with another", s.image(anna+"/gone", "1", shared), http.StatusCreated, "")
	s.want("shared with another", s.image(berta+"/web", "1", shared), http.StatusCreated, "")
	s.want("a layer of no image", s.blob(anna+"/layers", alone), http.StatusCreated, "")
	s.want("deleting an image", s.do(http.MethodDelete, s.write.URL+"/v2/"+anna+"/gone/manifests/1", nil, s.quota()), http.StatusAccepted, "")
	digest := sum(document(t, []byte(`{"architecture":"amd64","os":"linux","comment":"`+anna+`/gone1"}`), shared))
	s.want("and its manifest", s.do(http.MethodDelete, s.write.URL+"/v2/"+anna+"/gone/manifests/"+digest, nil, s.quota()), http.StatusAccepted, "")

	s.collect()
	s.want("what is young stays", s.do(http.MethodHead, s.write.URL+"/v2/"+anna+"/layers/blobs/"+sum(alone), nil, nil), http.StatusOK, "")
	s.age(2 * time.Hour)
	s.collect()

	mine, theirs := s.token(anna, nil), s.token(berta, nil)
	s.want("an image that is there", s.pull(anna+"/kept/manifests/1", mine), http.StatusOK, "")
	s.want("its layer", s.pull(anna+"/kept/blobs/"+sum(kept), mine), http.StatusOK, "kept")
	s.want("another's layer of the same content", s.pull(berta+"/web/blobs/"+sum(shared), theirs), http.StatusOK, "shared")
	s.want("a layer of no image", s.pull(anna+"/layers/blobs/"+sum(alone), mine), http.StatusNotFound, "")
	s.want("a deleted image's layer", s.pull(anna+"/gone/blobs/"+sum(shared), mine), http.StatusNotFound, "")
	used, err := s.volume.Usage(anna)
	if err != nil || used.Repositories != 1 || s.volume.Has(anna+"/gone") || s.volume.Has(anna+"/layers") {
		t.Errorf("%+v is used, %v", used, err)
	}
	s.want("what was collected can be pushed again", s.image(anna+"/gone", "1", alone), http.StatusCreated, "")
}

func TestADamagedManifestStopsACollection(t *testing.T) {
	s := newFixture(t)
	s.want("push", s.image(anna+"/web", "1", []byte("layer")), http.StatusCreated, "")
	s.damage(sum(document(t, []byte(`{"architecture":"amd64","os":"linux","comment":"`+anna+`/web1"}`), []byte("layer"))))
	s.age(2 * time.Hour)
	if _, err := s.volume.Collect(time.Now(), time.Hour); err == nil {
		t.Error("blobs are collected although not every image could be read")
	}
	s.want("its layer", s.pull(anna+"/web/blobs/"+sum([]byte("layer")), s.token(anna, nil)), http.StatusOK, "layer")
}

func TestASubscriptionIsForgotten(t *testing.T) {
	s := newFixture(t)
	s.want("push", s.image(anna+"/web", "1", []byte("layer")), http.StatusCreated, "")
	s.want("push", s.image(berta+"/web", "1", []byte("layer")), http.StatusCreated, "")
	s.want("forgetting", s.do(http.MethodDelete, s.write.URL+"/lotse/subscriptions/"+anna, nil, nil), http.StatusNoContent, "")
	s.want("forgetting again", s.do(http.MethodDelete, s.write.URL+"/lotse/subscriptions/"+anna, nil, nil), http.StatusNoContent, "")
	s.want("its image", s.pull(anna+"/web/manifests/1", s.token(anna, nil)), http.StatusNotFound, "")
	s.want("another's image", s.pull(berta+"/web/manifests/1", s.token(berta, nil)), http.StatusOK, "")
	s.want("the service's own", s.do(http.MethodDelete, s.write.URL+"/lotse/subscriptions/lotse", nil, nil), http.StatusNotFound, "")
	s.want("everything", s.do(http.MethodDelete, s.write.URL+"/lotse/subscriptions/", nil, nil), http.StatusNotFound, "")
}
