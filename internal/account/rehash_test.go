package account_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func hashOf(t *testing.T, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func (f fixture) storedHash(t *testing.T) string {
	t.Helper()
	return testdb.Value[string](t, f.pool, "select password_hash from usuarios where id = $1", f.user.ID)
}

func (f fixture) storeHash(t *testing.T, hash string) {
	t.Helper()
	testdb.Exec(t, f.pool, "update usuarios set password_hash = $2 where id = $1", f.user.ID, hash)
}

func TestSignInReplacesAHashOfALowerCost(t *testing.T) {
	t.Parallel()
	f := setupCost(t, 5)
	f.setPasswordChangedAt(t, -time.Hour)
	password := strings.Repeat("x", 72)
	f.storeHash(t, hashOf(t, password, 4))
	const state = "select concat_ws(' ', password_changed_at, created_at) from usuarios where id = $1"
	before := testdb.Value[string](t, f.pool, state, f.user.ID)
	long := password + " which bcrypt does not read"
	first := f.mustSignIn(t, long)
	if hash := f.storedHash(t); !strings.HasPrefix(hash, "$2a$05$") {
		t.Errorf("the stored hash is %s", hash)
	}
	if after := testdb.Value[string](t, f.pool, state, f.user.ID); after != before {
		t.Errorf("changed %s to %s", before, after)
	}
	f.wantTokens(t, true, first, f.mustSignIn(t, long), f.mustSignIn(t, password))
}

func TestSignInKeepsOtherHashes(t *testing.T) {
	t.Parallel()
	f := setupCost(t, 5)
	for name, c := range map[string]struct{ hash, password string }{
		"the same cost":    {hashOf(t, testdb.Password, 5), testdb.Password},
		"a higher cost":    {hashOf(t, testdb.Password, 6), testdb.Password},
		"a wrong password": {hashOf(t, testdb.Password, 4), wrong},
	} {
		f.storeHash(t, c.hash)
		if err := f.signIn(t.Context(), c.password); err != nil && c.password != wrong {
			t.Errorf("%s: %v", name, err)
		}
		if f.storedHash(t) != c.hash {
			t.Errorf("%s: the hash was replaced", name)
		}
	}
}

func TestRehashKeepsAPasswordThatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := setupCost(t, 5)
	changed, calls := hashOf(t, wrong, 5), 0
	f.beforeHash = func(auth.Requester) {
		if calls++; calls == 2 { // the first is the comparison
			f.storeHash(t, changed)
		}
	}
	f.mustSignIn(t, testdb.Password)
	if calls != 2 || f.storedHash(t) != changed {
		t.Errorf("the changed password was overwritten after %d hashes", calls)
	}
}

// Both meet the new hash when they lock the row.
func TestSignInAndChangeContinueAfterAConcurrentRehash(t *testing.T) {
	t.Parallel()
	for kind, operation := range passwordChecks {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for stored, want := range map[string]apperr.UserErrorCode{testdb.Password: "", wrong: operation.wrong} {
				f := setupCost(t, 5)
				calls := 0
				f.afterCompare = func() error {
					if calls++; calls == 1 {
						f.storeHash(t, hashOf(t, stored, 5))
					}
					return nil
				}
				err := operation.check(f, t.Context(), testdb.Password)
				if want != "" {
					wantUserError(t, err, want)
					f.wantEntries(t, kind)
				} else if err != nil {
					t.Errorf("rehashed: %v", err)
				}
			}
		})
	}
}
