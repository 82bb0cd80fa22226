package rest

import (
	"slices"
	"strings"
)

// tagged is what If-Match or If-None-Match says: entity tags, or "*" for
// whatever there is.
type tagged struct {
	any  bool
	tags []entityTag
}

// entityTag is one of RFC 9110, section 8.8.3.
type entityTag struct {
	opaque string // what stands between the quotes
	weak   bool
}

// strong writes the tag of a state for the header ETag.
func strong(state string) string { return `"` + state + `"` }

// parseTags reads the lines of a header. Of one that is not written by the
// grammar nothing is read, so that it matches nothing.
func parseTags(lines []string) tagged {
	rest := strings.Join(lines, ",")
	if strings.Trim(rest, " \t") == "*" {
		return tagged{any: true}
	}
	var read []entityTag
	for {
		if rest = strings.TrimLeft(rest, ", \t"); rest == "" {
			return tagged{tags: read}
		}
		tag, after, ok := cutTag(rest)
		if !ok {
			return tagged{}
		}
		read, rest = append(read, tag), after
	}
}

// cutTag reads the tag that text starts with, up to the next comma or the end.
func cutTag(text string) (tag entityTag, rest string, ok bool) {
	text, tag.weak = strings.CutPrefix(text, "W/")
	text, opens := strings.CutPrefix(text, `"`)
	opaque, rest, closes := strings.Cut(text, `"`)
	rest = strings.TrimLeft(rest, " \t")
	if !opens || !closes || strings.ContainsFunc(opaque, notInTag) || rest != "" && rest[0] != ',' {
		return tag, "", false
	}
	tag.opaque = opaque
	return tag, rest, true
}

func notInTag(r rune) bool { return r <= ' ' || r == 0x7f }

// strongly lists the tags that may match in the strong comparison, which If-Match
// asks for, each once.
func (t tagged) strongly() []string {
	var states []string
	for _, tag := range t.tags {
		if !tag.weak && !slices.Contains(states, tag.opaque) {
			states = append(states, tag.opaque)
		}
	}
	return states
}

// names tells whether the state matches in the strong comparison.
func (t tagged) names(state string) bool { return slices.Contains(t.strongly(), state) }

// weakly tells whether the state matches in the weak comparison, which
// If-None-Match asks for.
func (t tagged) weakly(state string) bool {
	return t.any || slices.ContainsFunc(t.tags, func(tag entityTag) bool { return tag.opaque == state })
}
