package bundle

import "regexp"

// secrets that programs could print, by their format.
var secrets = []struct {
	shape *regexp.Regexp
	to    string
}{
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), "REDACTED PRIVATE KEY"},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), "REDACTED TOKEN"},
	{regexp.MustCompile(`(?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}`), "$1 REDACTED"},
	{regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`), "REDACTED BOOTSTRAP TOKEN"},
	{regexp.MustCompile(`(?i)("?\b(?:client_)?(?:secret|password|passwd|refresh_token|access_token|client-key-data|token)"?\s*[:=]\s*"?)[^\s"&,;}]{6,}`),
		"${1}REDACTED"},
	{regexp.MustCompile(`\$(?:argon2id|2[aby]|pbkdf2[a-z0-9-]*)\$[^\s"]+`), "REDACTED HASH"},
}

// Redact replaces everything that has the format of a secret.
func Redact(content []byte) []byte {
	for _, s := range secrets {
		content = s.shape.ReplaceAll(content, []byte(s.to))
	}
	return content
}
