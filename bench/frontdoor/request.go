package frontdoor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// send a request and read its answer. Both sides are asked like this, and nothing decodes what they answer: client and server share the
// processors, so a client that does more for one side would be measured with it.
func send(ctx context.Context, with *http.Client, method, address, contentType string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := with.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s: %s", method, address, response.Status, answer)
	}
	return answer, err
}

// allGroups fails unless a list has them all.
func allGroups(list []byte, err error) error {
	if named := bytes.Count(list, []byte(groupPrefix)); err == nil && named < groups {
		err = fmt.Errorf("%d names of groups were listed, there are %d groups", named, groups)
	}
	return err
}
