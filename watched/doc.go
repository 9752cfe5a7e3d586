// Package watched says what Lotse keeps in memory of the objects that it watches on the management cluster. Each cluster has some forty of them,
// so what nobody reads is cut off, and what all clusters have alike is kept once.
package watched
