package containerservice

import "encoding/json"

// asJSON is a value as it is stored.
func asJSON(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var out any
	_ = json.Unmarshal(data, &out) // it was just written
	return out
}
