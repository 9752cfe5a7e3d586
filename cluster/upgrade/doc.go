// Package upgrade decides how far a control plane is on its way to the version that its cluster asks for. Functions here are pure.
package upgrade
