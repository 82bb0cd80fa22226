package db_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/internal/db"
)

func TestZeroValueBecomesNil(t *testing.T) {
	if v := db.NilIfZero(""); v != nil {
		t.Errorf("got %q", *v)
	}
	if v := db.NilIfZero("x"); v == nil || *v != "x" || db.ZeroIfNil(v) != "x" {
		t.Errorf("got %v", v)
	}
	if v := db.ZeroIfNil[string](nil); v != "" {
		t.Errorf("got %q", v)
	}
}

func TestEqualValues(t *testing.T) {
	for _, c := range []struct {
		a, b *string
		want bool
	}{
		{nil, nil, true},
		{nil, new(""), false},
		{new("x"), nil, false},
		{new("x"), new("x"), true},
		{new("x"), new("y"), false},
	} {
		if got := db.EqualValues(c.a, c.b); got != c.want {
			t.Errorf("EqualValues(%v, %v) is %t", c.a, c.b, got)
		}
	}
}
