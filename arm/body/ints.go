package body

import "encoding/json"

// Ints takes an array of whole numbers.
func (o *Object) Ints(name string) ([]int32, bool) {
	value, ok := o.take(name)
	if !ok {
		return nil, false
	}
	array, isArray := value.([]any)
	all := []int32{}
	for _, v := range array {
		number, _ := v.(json.Number)
		n, err := number.Int64()
		isArray = isArray && err == nil && n == int64(int32(n))
		all = append(all, int32(n))
	}
	if !isArray {
		o.refuse(name, "it must be an array of whole numbers")
		return nil, false
	}
	return all, true
}
