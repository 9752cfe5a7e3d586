package gate_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestTheServicesOwnTagsCannotBeChanged(t *testing.T) {
	s := newFixture(t)
	s.want("the first push", s.image("lotse/etcd", "1", []byte("layer")), http.StatusCreated, "")
	s.want("the same again", s.image("lotse/etcd", "1", []byte("layer")), http.StatusCreated, "")
	s.want("another image", s.image("lotse/etcd", "1", []byte("other")), http.StatusForbidden, "cannot be changed")
	s.want("another tag", s.image("lotse/etcd", "2", []byte("other")), http.StatusCreated, "")
	s.want("deleting it", s.do(http.MethodDelete, s.write.URL+"/v2/lotse/etcd/manifests/1", nil, nil), http.StatusForbidden, "cannot be deleted")
	s.want("a customer's other image", s.image(anna+"/web", "1", []byte("layer")), http.StatusCreated, "")
	s.want("a customer's tag", s.image(anna+"/web", "1", []byte("other")), http.StatusCreated, "")
}

func TestAPushNamesItsQuota(t *testing.T) {
	s := newFixture(t)
	at := s.write.URL + "/v2/" + anna + "/web/blobs/uploads/"
	s.want("without a quota", s.do(http.MethodPost, at, nil, nil), http.StatusForbidden, "through the front door")
	s.want("to no subscription", s.begin("team/web", ""), http.StatusForbidden, "pushed to a subscription")
}

func TestQuotas(t *testing.T) {
	s := newFixture(t)
	s.repositories, s.bytes = 2, 1600<<10
	big := bytes.Repeat([]byte("x"), 600<<10)
	s.want("the first", s.image(anna+"/one", "1", big), http.StatusCreated, "")
	s.now = s.now.Add(time.Minute) // the volume is looked at again
	s.want("the same layer in another repository counts once", s.image(anna+"/two", "1", big), http.StatusCreated, "")
	s.now = s.now.Add(time.Minute)
	s.want("a third repository", s.image(anna+"/three", "1", []byte("small")), http.StatusForbidden, "2 repositories")
	other := bytes.Repeat([]byte("y"), 700<<10)
	s.want("another layer", s.blob(anna+"/one", other), http.StatusForbidden, "would be exceeded")
	s.want("another subscription has its own", s.image(berta+"/one", "1", other), http.StatusCreated, "")

	s.want("deleting", s.do(http.MethodDelete, s.write.URL+"/v2/"+anna+"/one/manifests/1", nil, s.quota()), http.StatusAccepted, "")
}

func TestABodyOfUnknownLengthEndsAtTheQuota(t *testing.T) {
	s := newFixture(t)
	s.bytes = 1 << 20
	began := s.begin(anna+"/web", "")
	s.want("the beginning", began, http.StatusAccepted, "")
	endless := io.LimitReader(zeros{}, 1<<30)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, began.header.Get("Location"), io.NopCloser(endless))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range s.quota() {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err == nil { // the server may close the connection before it has been read
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s", response.Status)
		}
	}
	s.now = s.now.Add(time.Minute)
	deadline := time.Now().Add(10 * time.Second)
	for {
		used, err := s.volume.Usage(anna)
		if err != nil {
			t.Fatal(err)
		}
		if used.Uploads == 0 && used.Bytes == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v is left of a refused upload", used)
		}
	}
	s.want("afterwards there is space", s.image(anna+"/web", "1", []byte("small")), http.StatusCreated, "")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestUnfinishedUploadsAreBounded(t *testing.T) {
	s := newFixture(t)
	for range 100 {
		s.want("an upload", s.begin(anna+"/web", ""), http.StatusAccepted, "")
	}
	s.want("one too many", s.begin(anna+"/web", ""), http.StatusTooManyRequests, "have not ended")
	s.now = s.now.Add(time.Minute)
	s.want("also by what is on the volume", s.begin(anna+"/web", ""), http.StatusTooManyRequests, "have not ended")
	s.want("others", s.begin(berta+"/web", ""), http.StatusAccepted, "")
}

func TestManyUploadsThatEndAreNotCounted(t *testing.T) {
	s := newFixture(t)
	for i := range 120 {
		s.want("an upload", s.blob(anna+"/web", []byte{byte(i)}), http.StatusCreated, "")
	}
}

func TestALayerOfAnotherIsNotReadWithoutAMount(t *testing.T) {
	s := newFixture(t)
	layer := []byte("secret layer")
	s.want("push", s.image(anna+"/web", "1", layer), http.StatusCreated, "")
	s.want("reading it from one's own repository", s.do(http.MethodGet, s.write.URL+"/v2/"+berta+"/x/blobs/"+sum(layer), nil, nil), 404, "")
	config := []byte(`{}`)
	s.want("config", s.blob(berta+"/x", config), http.StatusCreated, "")
	s.want("an image of it", s.manifest(berta+"/x", "1", config, layer), http.StatusBadRequest, "BLOB_UNKNOWN")
	// The front door asks for the right to read the source before it lets this through.
	mount := "?mount=" + url.QueryEscape(sum(layer)) + "&from=" + url.QueryEscape(anna+"/web")
	s.want("a mount", s.begin(berta+"/x", mount), http.StatusCreated, "")
}

func TestAManifestIsBounded(t *testing.T) {
	s := newFixture(t)
	header := s.quota()
	header["Content-Type"] = mediaType
	huge := []byte(strings.Repeat(" ", 5<<20))
	s.want("5 MiB", s.do(http.MethodPut, s.write.URL+"/v2/"+anna+"/web/manifests/1", huge, header), http.StatusRequestEntityTooLarge, "4 MiB")
}
