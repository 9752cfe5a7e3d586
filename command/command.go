package command

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"time"

	"lotse.dev/pki"
)

// Bounds of commands. All that belongs to one is in two Secrets of the hosted cluster, of 1 MiB at most each.
const (
	// MaxLine is the longest command line, in bytes.
	MaxLine = 16 << 10
	// MaxArchive is the largest attached archive, MaxContent what its files may have together, both in bytes.
	MaxArchive, MaxContent = 1 << 20, 512 << 10
	// MaxFiles that may be attached, with a path of MaxPath bytes each.
	MaxFiles, MaxPath = 100, 255
	// MaxOutput that is kept, as in AKS, in bytes. The program in the Pod has the same bound.
	MaxOutput = 512 << 10
	// MaxDuration of a command, with the start of its Pod.
	MaxDuration = 10 * time.Minute
	// MaxRunning are the commands that may run at once in one cluster.
	MaxRunning = 5
	// MaxKept are the results that are kept for one cluster: the newest.
	MaxKept = 20
	// Retention of a result.
	Retention = time.Hour
	// CredentialLife is how long the certificates live that a command gets.
	CredentialLife = MaxDuration + 5*time.Minute
)

// Request is a command to run.
type Request struct {
	// ID by which its result is asked for, made by NewID.
	ID string
	// Principal that asks; its result is for nobody else but the cluster's administrators.
	Principal string
	// Line is what a shell runs, and Files lie in its working directory.
	Line  string
	Files []File
	// Caller is the certificate that the command's kubeconfig has, Reporter the one that its result is written with (ReporterName), and Authority what
	// both sides trust.
	Caller, Reporter pki.Pair
	Authority        []byte
}

// Result of a command.
type Result struct {
	ID string
	// Principal that asked for it, by its GUID.
	Principal string
	// Done is false while the command is yet to end; then only StartedAt may be set.
	Done bool
	// Succeeded means that the command ran to its end, whatever its exit code.
	Succeeded bool
	ExitCode  int32
	StartedAt time.Time
	// FinishedAt is when the command ended, or when it was given up.
	FinishedAt time.Time
	Logs       string
	// Reason that the command did not run to its end.
	Reason string
}

// NewID is a random one. Clients take it out of URLs as letters and digits.
func NewID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// IsID reports whether a text may be an ID, so that it can be part of an object's name.
func IsID(s string) bool { return idPattern.MatchString(s) }

// ReporterName is the user that may write the result of one command, and do nothing else.
func ReporterName(id string) string { return "lotse:command:" + id }
