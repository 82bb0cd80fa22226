package weakpassword_test

import (
	"iter"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/account/weakpassword"
)

const (
	email   = "ana.lopez@casa-azul.example"
	company = "Villa del Sol"
)

var rejected = map[string][]string{
	"a common password":                  {"12345678", "password", "PassWord", "qwertyuiop", "iloveyou", "football", "trustno1", "sunshine"},
	"a repeated character":               {"00000000", "88888888", "aaaaaaaa", "1111111111", "        ", "--------", "ññññññññ", strings.Repeat("x", 72)},
	"a repeated unit":                    {"123123123", "abcabcabc", "xyxyxyxy", "lolololol", "aaaa1111", "mnñmnñmnñ", "hola hola hola", "Pq4-Pq4-Pq", "xkqzxkqz"},
	"a sequence":                         {"987654321", "0123456789", "abcdefgh", "ZYXWVUTS", "12345678a", "a12345678", "1234abcd", "abcd1234!", "abc123xyz", "11223344", "a1b2c3d4e5"},
	"a keyboard walk":                    {"qwertyui", "asdfghjkl", "asdfghjklñ", "poiuytrewq", "1qaz2wsx", "zaq12wsx", "qazwsxedc", "1q2w3e4r", "qwer1234", "asdf-zxcv", "!@#$%^&*", "zxcvbnm,."},
	"a common word with an addition":     {"Password1!", "Passw0rd!", "P@$$w0rd", "password2024", "monkey8273615", "!!dragon!!", "1994michael", "Sunshine#1", "Welcome_2025!"},
	"a common Spanish word":              {"contraseña", "contrasena", "Contraseña1", "¡Contraseña!2", "C0ntr4señ4", "Bienvenido1", "administrador", "Verano2026!", "Enero2025", "Otoño-2025", "España2024", "realmadrid1", "Barcelona10", "hola1234", "apartamento7", "Vacaciones!", "usuario123"},
	"only two common words":              {"monkeydragon", "holaamor", "CasaPlaya1"},
	"a date":                             {"01011990", "31122024"},
	"a word of the product":              {"staysidekick", "Stay-Sidekick", "stay sidekick 2026", "S1dek1ck!", "profileserver", "smoobu2026", "Beds24-2026", "hostaway!!", "Cloudbeds1"},
	"the user's e-mail address":          {email, "ANA.LOPEZ@CASA-AZUL.EXAMPLE1", "casa-azul.example", "Ana.Lopez1", "4n4_L0p3z", "1-lopez-2026", "LopezAna!", "CasaAzul2026!"},
	"the user's company":                 {"villa DEL sol 1", "VillaDelSol", "v.i.l.l.a.d.e.l.s.o.l", "V1ll4d3lS0l", "2026villa!!", "solvilladel", "sol-y-villa"},
	"two words of the user":              {"casaazul-villadelsol", "ana.lopez.villa", "VillaAna2026"},
	"words of the user and common words": {"villapassword", "Lopez-Verano-26"},
}

var accepted = map[string][]string{
	"passwords of the contract": {"Correct-Horse-1", "Battery-Staple-2", "Other-Horse-17", "q7-Lw2xz", "contraseña-ñandú-€",
		"Nube-ñandú-7-río-çedro-Übung-€uro-lluvia-piña-Qx9-mañana-jardí"},
	"passwords of the tests": {"Another-Horse-2", "Third-Horse-3", "demo-casa-azul-admin", "Ñandú con cafe\u0301", " Ñandú con cafe\u0301\t"},
	"random characters":      {"x7$9-2!4", "kVt9#mQz", "?#)+~;*{2026", "hujvyq-tovbiZ-2vykta", "9f3a61c7b2d84e50"},
	"passphrases": {"villa del sol con vistas al mar", "casa azul con vistas al mar", "correct horse battery staple", "mi gato come pescado los lunes",
		"12345678 and something more?", "password is not what I took"},
	"four words without a space": {"gatonegrocomepescado", "correcthorsebatterystaples"},
}

func TestWeakPasswords(t *testing.T) {
	for weak, cases := range map[bool]map[string][]string{true: rejected, false: accepted} {
		for name, passwords := range cases {
			t.Run(name, func(t *testing.T) {
				for _, password := range passwords {
					if got := weakpassword.Is(password, email, company); got != weak {
						t.Errorf("%q: weak is %v, want %v", password, got, weak)
					}
				}
			})
		}
	}
}

func TestShortPersonalWordsAreIgnored(t *testing.T) {
	for _, e := range []struct{ email, company string }{{"", ""}, {"1@2.3", "24"}, {"@", " "}} {
		if weakpassword.Is("?#)+~;*{2026", e.email, e.company) {
			t.Errorf("e-mail address %q, company %q: a password without letters is weak", e.email, e.company)
		}
	}
}

// rockyou.txt has another source than common.txt: the unmodified passwords of the
// RockYou accounts, most common first.
func TestCommonPasswordsOfAnIndependentListAreWeak(t *testing.T) {
	count := 0
	for password := range lines(t, "testdata/rockyou.txt") {
		if count++; len([]rune(password)) < 8 || !weakpassword.Is(password, "", "") {
			t.Errorf("%q is accepted, or shorter than 8 characters", password)
		}
	}
	t.Logf("figure: passwords: the %d most common passwords of at least 8 characters of an independent list are rejected", count)
	if count < 3000 {
		t.Errorf("the list has only %d passwords", count)
	}
}

func TestRandomPasswordsAreAccepted(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	const hex = "0123456789abcdef"
	const alphanumeric = letters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	random := rand.New(rand.NewPCG(1, 2))
	for _, alphabet := range []string{letters, hex, alphanumeric, alphanumeric + "!\"#$%&'()*+,-./:;<=>?@[]^_{|}~"} {
		for range 500 {
			password := make([]byte, 16)
			for i := range password {
				password[i] = alphabet[random.IntN(len(alphabet))]
			}
			if weakpassword.Is(string(password), email, company) {
				t.Errorf("%q is weak", password)
			}
		}
	}
}

func TestFourRandomWordsAreAccepted(t *testing.T) {
	var words []string
	for word := range lines(t, "spanish.txt") {
		words = append(words, word)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var chosen []string
		for _, i := range random.Perm(len(words))[:4] {
			chosen = append(chosen, words[i])
		}
		for _, separator := range []string{"", " "} {
			if password := strings.Join(chosen, separator); weakpassword.Is(password, email, "") {
				t.Errorf("%q is weak", password)
			}
		}
	}
}

// hostile contains passwords of 72 bytes with as many parts as possible.
var hostile = func() (all []string) {
	for _, unit := range []string{"a", "1", " ", "ab", "a1!", "ñ", "한", "1q2w3e4r", "abcdefghijklmnopqrstuvwxyz", "password", "p4$$w0rD!1", "4@8({[</369&#!1/|0$5+7%2/", "lopezcasaazul"} {
		all = append(all, "z"+strings.Repeat(unit, 71/len(unit))) // the z is not part of the repetition
	}
	return all
}()

// docs/security.md reports the longest time of a hostile password.
func BenchmarkIs(b *testing.B) {
	weakpassword.Is("", "", "") // builds the word list
	longestEmail, longestCompany := strings.Repeat("a", 64)+"@"+strings.Repeat("a.", 94)+"a", strings.Repeat("aaa ", 50)
	for _, password := range append(hostile, "Correct-Horse-1") {
		b.Run(password, func(b *testing.B) {
			for b.Loop() {
				weakpassword.Is(password, longestEmail, longestCompany)
			}
		})
	}
}

func FuzzIs(f *testing.F) {
	f.Add("contraseña", email, company)
	f.Add("\xff\u0390\u0301", "\xff@", "한")
	f.Fuzz(func(t *testing.T, password, email, company string) {
		if len(password) <= 72 {
			weakpassword.Is(password, email, company)
		}
	})
}

// lines returns the lines of a file.
func lines(t *testing.T, file string) iter.Seq[string] {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n")
}
