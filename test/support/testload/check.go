package testload

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Findings compare what was acknowledged with what is in the database.
type Findings struct {
	Acknowledged int // saves
	Found        int // of them, with the entry in the audit log
	// Unasked counts saves that are there and were never acknowledged, because
	// the answer was lost: at most one for each writer.
	Unasked int
	// Faults tell of everything that should not be: lost, half written or
	// doubled saves.
	Faults []string
}

func (f Findings) String() string {
	return fmt.Sprintf("%d saves acknowledged, %d of them found, %d more whose acknowledgement was lost, %d faults",
		f.Acknowledged, f.Found, f.Unasked, len(f.Faults))
}

// Check compares, after the load was stopped. The database must be up.
func (l *Load) Check(t testing.TB, pool *pgxpool.Pool) (f Findings) {
	t.Helper()
	l.changer.check(t, pool, &f)
	for _, w := range l.writers {
		l.check(t, pool, w, &f)
	}
	return f
}

func (f *Findings) fault(format string, args ...any) {
	f.Faults = append(f.Faults, fmt.Sprintf(format, args...))
}

// state is the value of a register, by the names of the audit log. A key stands
// there as its fingerprint.
type state map[string]string

// check replays the audit log of a register. Because every value is saved until
// it is acknowledged, the entries must be exactly the values in their order,
// and the last of them must be what is stored.
func (l *Load) check(t testing.TB, pool *pgxpool.Pool, w *writer, f *Findings) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select changes from profile.audit_log where company_id = $1 and kind = $2 order by id`,
		w.account.company, string(w.register.kind))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowTo[[]change])
	if err != nil {
		t.Fatal(err)
	}
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
			f.fault("%s: after value %d the audit log has one that was never saved, or saved before: %v", name, n, logged)
			continue
		}
		if next > n+1 {
			f.fault("%s: the audit log has nothing of the values %d to %d", name, n+1, next-1)
		}
		if n = next; n <= acknowledged {
			f.Found++
		} else {
			f.Unasked++
		}
	}
	f.Acknowledged += acknowledged
	if n < acknowledged {
		f.fault("%s: the audit log has nothing of the values %d to %d", name, n+1, acknowledged)
	}
	if stored := l.stored(t, pool, w); !maps.Equal(stored, l.expected(w, n)) {
		f.fault("%s: the audit log ends with value %d, but stored is %v", name, n, stored)
	}
}

// change is one of an entry of the audit log.
type change struct {
	Field string
	New   *string
}

// set removes what is nil.
func (s state) set(name string, value *string) {
	if delete(s, name); value != nil {
		s[name] = *value
	}
}

// expected is the state after the save with the number n; before the first
// there is nothing.
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

// stored reads the register itself.
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
			t.Fatalf("the stored key of %s: %v", w.account.company, err)
		}
		s["apiKey"] = l.keys.Fingerprint(w.account.company.String(), key)
	}
	return s
}
