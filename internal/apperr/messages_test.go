package apperr

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

var verb = regexp.MustCompile(`%.`)

func TestMessagesHaveTheSameVerbsInEachLanguage(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || len(literal.Elts) != len(tags) {
			return true
		}
		var texts []string
		for _, element := range literal.Elts {
			if text, ok := element.(*ast.BasicLit); ok && text.Kind == token.STRING {
				unquoted, _ := strconv.Unquote(text.Value)
				texts = append(texts, unquoted)
			}
		}
		if len(texts) != len(tags) {
			return true
		}
		count++
		for _, text := range texts[1:] {
			if text == "" || !slices.Equal(verb.FindAllString(text, -1), verb.FindAllString(texts[0], -1)) {
				t.Errorf("%q and %q have different verbs", texts[0], text)
			}
		}
		return true
	})
	if count < 90 {
		t.Errorf("checked only %d messages", count)
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
