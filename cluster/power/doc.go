// Package power decides how a cluster is stopped: what would keep it from coming back is refused by name; then its pools stop, then what
// calls its API server and that itself, then its store. Starting it is provisioning it: package provision renders it as it runs.
//
// Nothing here ever scales something up. A stop that fails leaves what is stopped, says what failed, and goes on when it is asked for again.
package power
