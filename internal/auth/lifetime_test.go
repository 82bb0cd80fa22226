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
		"never changed":              {nil, true},
		"changed just now":           {after(0), false},
		"changed 30 days ago":        {after(30 * 24 * time.Hour), false},
		"changed a moment before":    {after(30*24*time.Hour + time.Microsecond), true},
		"changed by a clock ahead":   {after(-time.Minute), false},
		"changed in another century": {after(100 * 365 * 24 * time.Hour), true},
	} {
		if got := auth.MustChangePassword(c.changedAt, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTokenOutlived(t *testing.T) {
	second := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	changed := second.Add(123456 * time.Microsecond)
	local := changed.In(time.FixedZone("Madrid", 3600))
	later := changed.Add(time.Microsecond)
	mine, other := auth.TokenDigest("mine"), auth.TokenDigest("other")
	kept := &auth.KeptToken{Digest: mine[:], PasswordChangedAt: changed}

	for name, c := range map[string]struct {
		issuedAt  time.Time
		digest    auth.Digest
		changedAt *time.Time
		kept      *auth.KeptToken
		want      bool
	}{
		"never changed":                          {second, mine, nil, nil, false},
		"never changed, an old record of a keep": {second, mine, nil, kept, false},
		"issued a second before":                 {second.Add(-time.Second), mine, &changed, nil, true},
		"issued long before":                     {second.AddDate(-1, 0, 0), mine, &changed, nil, true},
		"issued in the same second":              {second, mine, &changed, nil, false},
		"issued later":                           {second.Add(time.Second), mine, &changed, nil, false},
		"the token that made the change":         {second.Add(-time.Hour), mine, &changed, kept, false},
		"the same, read in local time":           {second.Add(-time.Hour), mine, &local, kept, false},
		"another token while one is kept":        {second.Add(-time.Hour), other, &changed, kept, true},
		"kept, but changed again since":          {second.Add(-time.Hour), mine, &later, kept, true},
		"a keep without a digest":                {second.Add(-time.Hour), mine, &changed, &auth.KeptToken{PasswordChangedAt: changed}, true},
	} {
		if got := auth.TokenOutlived(c.issuedAt, c.digest, c.changedAt, c.kept); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
