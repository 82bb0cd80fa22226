package testload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/google/uuid"
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

// Check compares, after Run has returned. The database must be up.
func (l *Load) Check(t testing.TB, pool *pgxpool.Pool) Findings {
	t.Helper()
	all, err := l.changer.check(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range l.writers {
		f, err := l.check(t.Context(), pool, w)
		if err != nil {
			t.Fatal(err)
		}
		all = all.plus(f)
	}
	return all
}

func (f Findings) plus(other Findings) Findings {
	return Findings{
		Acknowledged: f.Acknowledged + other.Acknowledged,
		Found:        f.Found + other.Found,
		Unasked:      f.Unasked + other.Unasked,
		Faults:       append(f.Faults, other.Faults...),
	}
}

// state is the value of a register, by the names in the schema. A key stands
// there as its fingerprint.
type state map[string]string

// check replays the audit log of a register. Because every value is saved until
// it is acknowledged, the entries must be exactly the values in their order,
// and the last of them must be what is stored.
func (l *Load) check(ctx context.Context, pool *pgxpool.Pool, w *writer) (Findings, error) {
	acknowledged := int(w.acknowledged.Load())
	f := Findings{Acknowledged: acknowledged}
	name := fmt.Sprintf("%s of %s", w.register.kind, w.account.company)
	fault := func(format string, args ...any) {
		f.Faults = append(f.Faults, name+": "+fmt.Sprintf(format, args...))
	}
	entries, err := entriesOf(ctx, pool, w)
	if err != nil {
		return f, err
	}
	now, n := state{}, 0
	for _, changes := range entries {
		now = changes.applied(now)
		switch found := l.find(w, now, n+1, acknowledged+1); {
		case found == 0:
			fault("after value %d the audit log tells of one that was never saved, or saved before: %v", n, now)
		case found > n+1:
			fault("the audit log has nothing of the values %d to %d", n+1, found-1)
			fallthrough
		default:
			n = found
			if n <= acknowledged {
				f.Found++
			} else {
				f.Unasked++
			}
		}
	}
	if n < acknowledged {
		fault("the audit log has nothing of the values %d to %d", n+1, acknowledged)
	}
	stored, err := l.stored(ctx, pool, w)
	if err != nil {
		return f, err
	}
	if !maps.Equal(stored, l.expected(w, n)) {
		fault("the audit log ends with value %d, but stored is %v", n, stored)
	}
	return f, nil
}

// find returns the number, from first to last, of the value that a state is; 0
// for none.
func (l *Load) find(w *writer, s state, first, last int) int {
	for n := first; n <= last; n++ {
		if maps.Equal(s, l.expected(w, n)) {
			return n
		}
	}
	return 0
}

// expected is the state after the save with the number n; before the first
// there is nothing.
func (l *Load) expected(w *writer, n int) state {
	s := state{}
	if n == 0 {
		return s
	}
	for _, f := range w.register.value(n) {
		s[f.name] = fmt.Sprint(f.value)
		if f.name == "apiKey" {
			s[f.name] = l.keys.Fingerprint(w.account.company.String(), s[f.name])
		}
	}
	return s
}

// changes are those of an entry of the audit log.
type changes []struct {
	Field string
	New   *string
}

func (c changes) applied(to state) state {
	next := maps.Clone(to)
	for _, change := range c {
		if change.New == nil {
			delete(next, change.Field)
		} else {
			next[change.Field] = *change.New
		}
	}
	return next
}

func entriesOf(ctx context.Context, pool *pgxpool.Pool, w *writer) ([]changes, error) {
	rows, err := pool.Query(ctx, `
		select changes from profile.audit_log where company_id = $1 and kind = $2 order by id`,
		w.account.company, string(w.register.kind))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c changes, err error) {
		return c, row.Scan(&c)
	})
}

// stored reads the register itself.
func (l *Load) stored(ctx context.Context, pool *pgxpool.Pool, w *writer) (state, error) {
	legacy, err := readObject(ctx, pool, w.register.stored, w.account.company)
	if err != nil {
		return nil, err
	}
	s := state{}
	for _, f := range w.register.value(1) {
		text := fmt.Sprint(legacy[f.legacy])
		if legacy[f.legacy] == nil || text == "" {
			continue
		}
		if f.name == "apiKey" {
			key, err := l.keys.Decrypt(text)
			if err != nil {
				return nil, fmt.Errorf("the stored key of %s: %w", w.account.company, err)
			}
			text = l.keys.Fingerprint(w.account.company.String(), key)
		}
		s[f.name] = text
	}
	return s, nil
}

// readObject reads one JSON object; no row or null is an empty one.
func readObject(ctx context.Context, pool *pgxpool.Pool, query string, company uuid.UUID) (map[string]any, error) {
	var text []byte
	err := pool.QueryRow(ctx, query, company).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && text == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var object map[string]any
	err = json.Unmarshal(text, &object)
	return object, err
}
