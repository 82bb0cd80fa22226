package testload

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// MustFindAll compares the saves with the database, which must be available, after the
// load was stopped. The test fails when a save is lost, partial or duplicate.
func (l *Load) MustFindAll(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	acknowledged, found := l.changer.changed, l.changer.check(t, pool)
	for _, w := range l.writers {
		acknowledged += int(w.acknowledged.Load())
		found += l.check(t, pool, w)
	}
	t.Logf("figure: %s: %d saves acknowledged, %d of them found", t.Name(), acknowledged, found)
	if found != acknowledged {
		t.Errorf("%d acknowledged saves, %d found", acknowledged, found)
	}
}

// state is the value of a register by the field names of the audit log. It has the
// fingerprint of an API key.
type state map[string]string

// check replays the audit log of a register. Because each value is saved until it
// is acknowledged, the entries must be the values in order, and the last entry must
// match the stored value. found is the number of acknowledged saves with an entry.
func (l *Load) check(t testing.TB, pool *pgxpool.Pool, w *writer) (found int) {
	t.Helper()
	name, acknowledged := fmt.Sprintf("%s of %s", w.register.kind, w.account.CompanyID), int(w.acknowledged.Load())
	logged, n := state{}, 0 // after n saves
	for _, changes := range testdb.Values[[]change](t, pool, `select changes from profile.audit_log where company_id = $1 and kind = $2 order by id`,
		w.account.CompanyID, string(w.register.kind)) {
		for _, c := range changes {
			logged[c.Field] = c.New
		}
		n++
		if want := l.expected(w, n); !maps.Equal(logged, want) {
			t.Errorf("%s: after entry %d of the audit log the value is %v, want %v", name, n, logged, want)
			break // the later entries differ too
		}
	}
	if n < acknowledged || n > acknowledged+1 {
		t.Errorf("%s: %d saves were acknowledged, the audit log has %d", name, acknowledged, n)
	}
	if stored := l.stored(t, pool, w); !maps.Equal(stored, logged) {
		t.Errorf("%s: the audit log ends with %v, but the stored value is %v", name, logged, stored)
	}
	return min(n, acknowledged)
}

// check compares the changes with the audit log, the stored password and the kept
// tokens.
func (c *changer) check(t testing.TB, pool *pgxpool.Pool) (found int) {
	t.Helper()
	var entries int
	var hash string
	var keptIsLast bool
	err := pool.QueryRow(t.Context(), `
		select (select count(*) from profile.audit_log where actor_id = u.id and kind = $2), u.password_hash,
			not exists (select from profile.kept_tokens k where k.user_id = u.id and k.password_changed_at is distinct from u.password_changed_at)
		from usuarios u where u.id = $1`, c.account.ID, string(audit.PasswordChanged)).Scan(&entries, &hash, &keptIsLast)
	if err != nil {
		t.Fatal(err)
	}
	if entries < c.changed || entries > c.changed && !(c.uncertain && entries == c.changed+1) {
		t.Errorf("the password was changed %d times, the audit log has %d changes", c.changed, entries)
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password(entries))) != nil {
		t.Errorf("the stored password is not that of the %d changes in the audit log", entries)
	}
	if !keptIsLast {
		t.Errorf("the kept token does not belong to the last password change")
	}
	return min(entries, c.changed)
}

// change is a change in an entry of the audit log.
type change struct{ Field, New string }

// expected returns the state after save number n.
func (l *Load) expected(w *writer, n int) state {
	s := state{}
	l.flatten(w, w.register.input(n), s)
	return s
}

func (l *Load) flatten(w *writer, input object, into state) {
	for name, value := range input {
		switch text := fmt.Sprint(value); name {
		case "columns":
			l.flatten(w, value.(object), into)
		case "provider":
			into[name] = strings.ToLower(text)
		case "apiKey":
			into[name] = l.keys.Fingerprint(w.account.CompanyID.String(), text)
		default:
			into[name] = text
		}
	}
}

// stored reads the value of the register.
func (l *Load) stored(t testing.TB, pool *pgxpool.Pool, w *writer) state {
	t.Helper()
	s := state{}
	err := pool.QueryRow(t.Context(), w.register.stored, w.account.CompanyID).Scan(&s)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	if ciphertext, ok := s["apiKey"]; ok {
		key, err := l.keys.Decrypt(ciphertext)
		if err != nil {
			t.Fatalf("the stored API key of %s: %v", w.account.CompanyID, err)
		}
		s["apiKey"] = l.keys.Fingerprint(w.account.CompanyID.String(), key)
	}
	return s
}
