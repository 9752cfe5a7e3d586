package audit

// Tail returns the newest lines of each book in a directory by the book's name: whole lines, at most so many bytes of each book. The files that were
// begun last are taken; the lines of one caller are in their order. Lotse need not run. A directory without books has none.
func Tail(dir string, most int) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name := range books {
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
