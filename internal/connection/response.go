package connection

import (
	"slices"
	"strings"
	"unicode"
)

const (
	maxLabel  = 100 // characters
	maxModels = 500
)

// response is what a provider sent.
type response struct {
	status   int
	body     object // nil for a body that is no JSON object
	tooLarge bool
}

// object is a JSON object that a provider sent. Its members may be missing or of any type.
type object map[string]any

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// objects returns the objects in a list, and whether the member is a list.
func (o object) objects(name string) (list []object, ok bool) {
	items, ok := o[name].([]any)
	for _, item := range items {
		if m, isObject := item.(map[string]any); isObject {
			list = append(list, m)
		}
	}
	return list, ok
}

func (o object) is(name string, value bool) bool {
	b, ok := o[name].(bool)
	return ok && b == value
}

// hasCode reports whether the error that the object describes has one of the codes, in a
// member in which one of the providers puts it.
func (o object) hasCode(codes ...string) bool {
	e := o.object("error")
	found := []string{e.text("code"), e.text("type"), e.text("status")}
	details, _ := e.objects("details")
	for _, d := range details {
		found = append(found, d.text("reason"))
	}
	return slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(found, code) })
}

// withCode returns a condition of a rule: an error with one of the codes.
func withCode(codes ...string) func(object) bool {
	return func(o object) bool { return o.hasCode(codes...) }
}

// isObject is the condition of a rule for a body that is any JSON object.
func isObject(o object) bool { return o != nil }

// hasList returns a condition of a rule: a list under the name.
func hasList(name string) func(object) bool {
	return func(o object) bool {
		_, ok := o.objects(name)
		return ok
	}
}

// fullName joins two names, and is the fallback when both are empty.
func fullName(first, last, fallback string) string {
	if name := strings.TrimSpace(first + " " + last); name != "" {
		return name
	}
	return fallback
}

// printable removes the characters that are not printable and cuts the text to maxLabel
// characters.
func printable(text string) string {
	var kept []rune
	for _, r := range text {
		if len(kept) == maxLabel {
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			kept = append(kept, r)
		}
	}
	return strings.TrimSpace(string(kept))
}

// modelNames returns at most maxModels printable names, sorted and without duplicates.
func modelNames(names []string) []string {
	var kept []string
	for _, name := range names {
		if name = printable(name); name != "" {
			kept = append(kept, name)
		}
	}
	slices.Sort(kept)
	kept = slices.Compact(kept)
	return kept[:min(len(kept), maxModels)]
}

// members returns a text member of each object in a list.
func members(body object, list, name string) (values []string) {
	items, _ := body.objects(list)
	for _, item := range items {
		values = append(values, item.text(name))
	}
	return values
}
