package keyring_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// lockPMS holds the rows of configuracion_pms until the returned function is
// called, as a save does.
func lockPMS(t *testing.T, database *testdb.DB) (release func()) {
	t.Helper()
	tx, err := database.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from configuracion_pms for update"); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	return release
}

func TestWhatWasSkippedIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	older, old, key := newKey(t), newKey(t), newKey(t)
	ring := keyring.NewRing(key, old, older)
	token := encrypt(t, older, "older")
	store(t, database.Pool, [4]string{token, token, token, token})
	release := lockPMS(t, database)
	result, err := keyring.Rotate(t.Context(), testdb.WithLongTimeouts(database.Pool), ring, func(column string, _ int) {
		if column == keyring.GoogleRefreshToken { // the last one of the first pass
			release()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantEach(t, result, 1, 1, 0, 0)
}

func TestWhatStaysLockedIsCountedUnderItsKeyAndLeftForTheNextRun(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	older, old, key := newKey(t), newKey(t), newKey(t)
	ring := keyring.NewRing(key, old, older)
	token := encrypt(t, older, "older")
	store(t, database.Pool, [4]string{token, token, token, token})
	release := lockPMS(t, database)
	left := run(t, database, ring)
	if left.Tokens.Old() != 1 || !slices.Equal(left.Tokens[0].ByKey, []int{0, 0, 1}) || left.Rotated[keyring.PMSKey] != 0 {
		t.Errorf("got %+v", left)
	}
	release()
	if next := run(t, database, ring); next.Tokens.Old() != 0 || next.Rotated[keyring.PMSKey] != 1 {
		t.Errorf("the next run: %+v", next)
	}
}
