package testload

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// Findings count the saves that were compared with the database.
type Findings struct {
	Acknowledged int
	Found        int // acknowledged saves with an entry in the audit log
}

// MustFindAll compares the saves with the database, which must be available, after the
// load was stopped. The test fails when a save is lost, partial or duplicate.
func (l *Load) MustFindAll(t testing.TB, pool *pgxpool.Pool) (f Findings) {
	t.Helper()
	l.changer.check(t, pool, &f)
	for _, w := range l.writers {
		l.check(t, pool, w, &f)
	}
	t.Logf("figure: %s: %d saves acknowledged, %d of them found", t.Name(), f.Acknowledged, f.Found)
	if f.Found != f.Acknowledged {
		t.Errorf("%d acknowledged saves, %d found", f.Acknowledged, f.Found)
	}
	return f
}

// state is the value of a register by the field names of the audit log. It has the
// fingerprint of an API key.
type state map[string]string

// check replays the audit log of a register. Because each value is saved until it
// is acknowledged, the entries must be the values in order, and the last entry must
// match the stored value.
func (l *Load) check(t testing.TB, pool *pgxpool.Pool, w *writer, f *Findings) {
	t.Helper()
	entries := testdb.Values[[]change](t, pool, `select changes from profile.audit_log where company_id = $1 and kind = $2 order by id`,
		w.account.company, string(w.register.kind))
	name, acknowledged := fmt.Sprintf("%s of %s", w.register.kind, w.account.company), int(w.acknowledged.Load())
	logged, n := state{}, 0
	for _, changes := range entries {
		for _, c := range changes {
			logged.set(c.Field, c.New)
		}
		next := n + 1
		for next <= acknowledged+1 && !maps.Equal(logged, l.expected(w, next)) {
			next++
		}
		if next > acknowledged+1 {
			t.Errorf("%s: after value %d the audit log has an unknown or earlier value: %v", name, n, logged)
			continue
		}
		if next > n+1 {
			t.Errorf("%s: the audit log lacks the values %d to %d", name, n+1, next-1)
		}
		if n = next; n <= acknowledged {
			f.Found++
		}
	}
	f.Acknowledged += acknowledged
	if n < acknowledged {
		t.Errorf("%s: the audit log lacks the values %d to %d", name, n+1, acknowledged)
	}
	if stored := l.stored(t, pool, w); !maps.Equal(stored, l.expected(w, n)) {
		t.Errorf("%s: the audit log ends with value %d, but the stored value is %v", name, n, stored)
	}
}

// change is a change in an entry of the audit log.
type change struct {
	Field string
	New   *string
}

// set sets a field, or deletes it when the value is nil.
func (s state) set(name string, value *string) {
	if delete(s, name); value != nil {
		s[name] = *value
	}
}

// expected returns the state after save number n; it is empty before the first.
func (l *Load) expected(w *writer, n int) state {
	s := state{}
	if n > 0 {
		l.flatten(w, w.register.input(n), s)
	}
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
			into[name] = l.keys.Fingerprint(w.account.company.String(), text)
		default:
			into[name] = text
		}
	}
}

// stored reads the value of the register.
func (l *Load) stored(t testing.TB, pool *pgxpool.Pool, w *writer) state {
	t.Helper()
	var columns map[string]*string
	err := pool.QueryRow(t.Context(), w.register.stored, w.account.company).Scan(&columns)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	s := state{}
	for name, value := range columns {
		s.set(name, value)
	}
	if ciphertext, ok := s["apiKey"]; ok {
		key, err := l.keys.Decrypt(ciphertext)
		if err != nil {
			t.Fatalf("the stored API key of %s: %v", w.account.company, err)
		}
		s["apiKey"] = l.keys.Fingerprint(w.account.company.String(), key)
	}
	return s
}
