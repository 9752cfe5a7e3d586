package audit

// Tail returns the newest lines of each log in a directory by the log's name: whole lines, at most so many bytes of each log. It takes the files
// that were begun last; the lines of one caller are in their order. Lotse need not run. A directory without logs has no lines.
func Tail(dir string, most int) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name := range maxBytes {
		found, err := segments(dir, name)
		if err != nil {
			return all, err
		}
		lines, err := tail(found, most)
		if err != nil {
			return all, err
		}
		if lines != nil {
			all[name] = lines
		}
	}
	return all, nil
}

func tail(found []*segment, most int) (lines []byte, err error) {
	for i := len(found) - 1; i >= 0; i-- {
		older, whole, err := content(found[i].path, int64(most-len(lines)))
		if err != nil {
			return lines, err
		}
		lines = append(older, lines...)
		if !whole { // still older lines would leave a gap
			break
		}
	}
	return lines, nil
}
