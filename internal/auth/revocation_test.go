package auth_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestMustChangePassword(t *testing.T) {
	now := time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)
	after := func(d time.Duration) *time.Time { changed := now.Add(-d); return &changed }
	for name, c := range map[string]struct {
		changedAt *time.Time
		want      bool
	}{
		"never changed":                 {nil, true},
		"changed just now":              {after(0), false},
		"changed 30 days ago":           {after(30 * 24 * time.Hour), false},
		"changed a microsecond earlier": {after(30*24*time.Hour + time.Microsecond), true},
		"changed by a faster clock":     {after(-time.Minute), false},
		"changed 100 years ago":         {after(100 * 365 * 24 * time.Hour), true},
	} {
		if got := auth.MustChangePassword(c.changedAt, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTokenRevoked(t *testing.T) {
	second := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	changed := second.Add(123456 * time.Microsecond)
	local := changed.In(time.FixedZone("Madrid", 3600))
	later := changed.Add(time.Microsecond)
	reset := second.Add(2 * time.Second)
	current, fresh, other := auth.TokenDigest("current"), auth.TokenDigest("fresh"), auth.TokenDigest("other")
	kept := []auth.KeptToken{{Digest: current[:], PasswordChangedAt: changed}, {Digest: fresh[:], PasswordChangedAt: changed}}
	older := []auth.KeptToken{{Digest: current[:], PasswordChangedAt: changed.Add(-time.Hour)}, kept[1]}

	for name, c := range map[string]struct {
		issuedAt   time.Time
		digest     auth.Digest
		revocation auth.Revocation
		want       bool
	}{
		"never changed":                     {second, current, auth.Revocation{}, false},
		"never changed, old kept tokens":    {second, current, auth.Revocation{Kept: kept}, false},
		"issued a second before":            {second.Add(-time.Second), other, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, true},
		"issued long before":                {second.AddDate(-1, 0, 0), other, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, true},
		"issued in the same second":         {second, other, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, true},
		"issued in the next second":         {second.Add(time.Second), other, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, false},
		"kept, of the request":              {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, false},
		"kept, issued by the change":        {second, fresh, auth.Revocation{PasswordChangedAt: &changed, Kept: kept}, false},
		"kept, in local time":               {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &local, Kept: kept}, false},
		"kept, then changed again":          {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &later, Kept: kept}, true},
		"kept by an earlier change":         {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &changed, Kept: older}, true},
		"kept without a digest":             {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &changed, Kept: []auth.KeptToken{{PasswordChangedAt: changed}}}, true},
		"issued before a reset":             {second.Add(time.Second), current, auth.Revocation{ResetAt: &reset}, true},
		"issued at the time of a reset":     {reset, current, auth.Revocation{ResetAt: &reset}, false},
		"kept by a change, then a reset":    {second.Add(-time.Hour), current, auth.Revocation{PasswordChangedAt: &changed, Kept: kept, ResetAt: &reset}, true},
		"issued after a change and a reset": {reset, other, auth.Revocation{PasswordChangedAt: &changed, ResetAt: &reset}, false},
	} {
		if got := auth.TokenRevoked(auth.Verified{IssuedAt: c.issuedAt, Digest: c.digest}, c.revocation); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
