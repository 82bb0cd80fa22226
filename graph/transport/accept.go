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

// negotiate chooses the media type of the response from the Accept headers, and
// returns false when the client accepts neither. The default is application/json.
// A client that names both with equal quality gets the newer one.
func negotiate(accept []string) (string, bool) {
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return mediaJSON, true
	}
	var asJSON, asResponse preference
	for _, item := range elements(accept) {
		media, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		quality, ok := qualityOf(params)
		if !ok {
			continue
		}
		asJSON.consider(media, mediaJSON, quality)
		asResponse.consider(media, mediaResponse, quality)
	}
	switch {
	case asResponse.quality > 0 && (asResponse.quality > asJSON.quality || asResponse.named() && asResponse.quality == asJSON.quality):
		return mediaResponse, true
	case asJSON.quality > 0:
		return mediaJSON, true
	}
	return "", false
}

// elements splits headers at their commas, except those within quoted strings.
func elements(headers []string) (list []string) {
	for _, header := range headers {
		begin, quoted := 0, false
		for i := 0; i < len(header); i++ {
			switch c := header[i]; {
			case c == '"':
				quoted = !quoted
			case c == '\\' && quoted:
				i++ // the next character is escaped
			case c == ',' && !quoted:
				list = append(list, header[begin:i])
				begin = i + 1
			}
		}
		list = append(list, header[begin:])
	}
	return list
}

// qualityOf returns the quality of a media range, by default 1. It returns false
// for an invalid quality and for a charset other than UTF-8.
func qualityOf(params map[string]string) (quality float64, ok bool) {
	if !isUTF8(params["charset"]) {
		return 0, false
	}
	text, given := params["q"]
	if !given {
		return 1, true
	}
	quality, err := strconv.ParseFloat(text, 64)
	return quality, err == nil && quality >= 0 && quality <= 1
}

// preference is the quality that a client assigns to a media type. The most
// specific range applies: application/json before application/* before */*.
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

// named reports whether a range names the media type without a wildcard.
func (p *preference) named() bool { return p.specificity == exact }
