package company

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Version names a stored state, whichever service wrote it: it stays while the
// state does. A key that is encrypted anew is another state.
type Version string

// unsaved is the version of what was never saved.
const unsaved Version = "0"

const versionBytes = 8

// versionOf names the state that consists of the given value; none and JSON's
// null are unsaved.
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
	var state []byte
	for _, part := range []*string{r.provider, r.model, r.ciphertext} {
		if part != nil {
			state = append(append(state, '+'), *part...)
		}
		state = append(state, 0)
	}
	return versionOf(state)
}

// checkVersion refuses with Conflict a change that was made for another version
// than the stored one. Any version is right when none is expected.
func checkVersion(stored Version, expected *Version) error {
	if expected == nil || *expected == stored {
		return nil
	}
	return apperr.NewUserError(apperr.Conflict, "input", "expectedVersion")
}
