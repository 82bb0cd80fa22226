package apperr

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestMessagesHaveTheSameVerbsInEachLanguage(t *testing.T) {
	source, err := os.ReadFile("messages.go")
	if err != nil {
		t.Fatal(err)
	}
	messages := regexp.MustCompile(`\{"((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\}`).FindAllStringSubmatch(string(source), -1)
	verb := regexp.MustCompile(`%.`)
	for _, m := range messages {
		if english, spanish := m[1], m[2]; spanish == "" || !slices.Equal(verb.FindAllString(english, -1), verb.FindAllString(spanish, -1)) {
			t.Errorf("%q and %q have different verbs", english, spanish)
		}
	}
	if len(messages) < 90 {
		t.Errorf("checked only %d messages", len(messages))
	}
}

func TestUserErrorCodesHaveAMessage(t *testing.T) {
	source, err := os.ReadFile("user_error.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`UserErrorCode = "([A-Z_]+)"`).FindAllSubmatch(source, -1)
	for _, code := range codes {
		if NewUserError(UserErrorCode(code[1])).Text(Spanish) == "" {
			t.Errorf("%s has no message", code[1])
		}
	}
	if len(codes) != len(userErrorMessages) {
		t.Errorf("%d codes, %d messages", len(codes), len(userErrorMessages))
	}
}

func TestPreferredLanguageIsMatched(t *testing.T) {
	for accept, want := range map[string]Language{
		"":                                English,
		"*":                               English,
		"de":                              English,
		"en-GB,es;q=0.9":                  English,
		"es":                              Spanish,
		"es-MX":                           Spanish,
		"es-ES,es;q=0.9,en;q=0.8":         Spanish,
		"en;q=0.5, es;q=0.7":              Spanish,
		"de, es;q=0.5":                    Spanish,
		"es;q=0":                          English,
		"not a header;;q=x":               English,
		string(make([]byte, 2000)) + "es": English,
	} {
		if got := MatchLanguage([]string{accept}); got != want {
			t.Errorf("%q: got %s, want %s", accept, got, want)
		}
	}
}
