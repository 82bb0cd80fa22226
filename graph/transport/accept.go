package transport

import (
	"mime"
	"strconv"
	"strings"
)

const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// negotiate chooses the media type of the answer from the Accept headers, and
// reports false when the client takes neither. application/json is the answer
// to who does not care; who names both alike understands the newer one.
func negotiate(accept []string) (string, bool) {
	ranges := strings.Join(accept, ",")
	if strings.TrimSpace(ranges) == "" {
		return mediaJSON, true
	}
	var plain, response preference
	for item := range strings.SplitSeq(ranges, ",") {
		media, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		quality, ok := weigh(params)
		if !ok {
			continue
		}
		plain.consider(media, mediaJSON, quality)
		response.consider(media, mediaResponse, quality)
	}
	switch {
	case response.quality > 0 && (response.quality > plain.quality || response.named() && response.quality == plain.quality):
		return mediaResponse, true
	case plain.quality > 0:
		return mediaJSON, true
	}
	return "", false
}

// weigh is the quality of a media range, 1 when it has none. A range in
// another charset than UTF-8 is not one that can be served.
func weigh(params map[string]string) (quality float64, ok bool) {
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return 0, false
	}
	text, given := params["q"]
	if !given {
		return 1, true
	}
	quality, err := strconv.ParseFloat(text, 64)
	return quality, err == nil && quality >= 0 && quality <= 1
}

// preference is how much a client wants a media type. The most specific range
// counts: application/json before application/* before */*.
type preference struct {
	quality     float64
	specificity int
}

const exact = 3

func (p *preference) consider(media, candidate string, quality float64) {
	specificity := 0
	switch media {
	case candidate:
		specificity = exact
	case "application/*":
		specificity = 2
	case "*/*":
		specificity = 1
	}
	if specificity > p.specificity || specificity > 0 && specificity == p.specificity && quality > p.quality {
		p.specificity, p.quality = specificity, quality
	}
}

// named tells whether the client asked for the type itself.
func (p *preference) named() bool { return p.specificity == exact }
