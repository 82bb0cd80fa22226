package company

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Version identifies a stored state, no matter which service wrote it. Equal states
// have equal versions. A new ciphertext of the same API key is another state.
type Version string

// unsaved is the version of a setting that was never saved.
const unsaved Version = "0"

const versionBytes = 8

// versionOf returns the version of a stored value. nil and JSON null are unsaved.
func versionOf(value []byte) Version {
	if value == nil || string(value) == "null" {
		return unsaved
	}
	sum := sha256.Sum256(value)
	return Version(hex.EncodeToString(sum[:versionBytes]))
}

func (r integrationRow) version() Version {
	if r.provider == nil {
		return unsaved
	}
	parts := []*string{r.provider, r.model, r.ciphertext}
	if r.secret != nil || r.account != nil { // other states have the versions of earlier releases
		parts = append(parts, r.secret, r.account)
	}
	var state []byte
	for _, part := range parts {
		if part != nil {
			state = append(append(state, '+'), *part...)
		}
		state = append(state, 0)
	}
	return versionOf(state)
}

// checkVersion returns a Conflict user error when expected is not the stored version.
// nil expects any version.
func checkVersion(stored Version, expected *Version) error {
	if expected == nil || *expected == stored {
		return nil
	}
	return apperr.NewUserError(apperr.Conflict, "input", "expectedVersion")
}
