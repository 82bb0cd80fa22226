package weakpassword_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/weakpassword"
)

func TestWeakPasswords(t *testing.T) {
	const email, company = "ana.lopez@casa-azul.example", "Casa Azul"
	for password, weak := range map[string]bool{
		"12345678":                     true,
		"password":                     true,
		"PassWord":                     true,
		"qwertyuiop":                   true,
		"ana.lopez@casa-azul.example":  true,
		"Ana.Lopez1":                   true,
		"CasaAzul2026!":                true,
		"casa azul":                    true,
		"casa-azul.example":            true,
		"q7-Lw2xz":                     false,
		"Correct-Horse-1":              false,
		"contraseña-ñandú-€":           false,
		"casa azul con vistas al mar":  false,
		"!#%&/()=?2026":                false,
		"12345678 and something more?": false,
	} {
		t.Run(password, func(t *testing.T) {
			if got := weakpassword.Is(password, email, company); got != weak {
				t.Errorf("weak: %v, want %v", got, weak)
			}
		})
	}
}

func TestAnEmptyCompanyNameIsNoPassword(t *testing.T) {
	if weakpassword.Is("!#%&/()=?2026", "1@2.3", "") {
		t.Error("a password without letters equals a name without letters")
	}
}

// The list is longer than the 10,000 most common, whatever their length.
func TestEveryCommonPasswordIsWeak(t *testing.T) {
	text, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for password := range strings.FieldsSeq(string(text)) {
		if count++; len(password) < 8 || !weakpassword.Is(strings.ToUpper(password), "", "") {
			t.Errorf("%q is not refused, or too short to be in the list", password)
		}
	}
	t.Logf("figure: passwords: %d common ones of at least 8 characters are refused", count)
	if count < 10000 {
		t.Errorf("only %d common passwords", count)
	}
}
