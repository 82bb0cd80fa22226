package transport

import (
	"cmp"
	"mime"
	"regexp"
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
	header := strings.Join(accept, ",")
	if strings.Trim(header, " ,") == "" {
		return mediaJSON, true
	}
	ranges := make(map[string]float64) // the quality of each media range
	for _, element := range elements.FindAllString(header, -1) {
		media, params, err := mime.ParseMediaType(element)
		quality, notNumber := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if err == nil && notNumber == nil && quality >= 0 && quality <= 1 && isUTF8(params["charset"]) {
			ranges[media] = max(ranges[media], quality)
		}
	}
	asJSON, _ := qualityOf(mediaJSON, ranges)
	asResponse, named := qualityOf(mediaResponse, ranges)
	switch {
	case asResponse > asJSON, asResponse > 0 && asResponse == asJSON && named:
		return mediaResponse, true
	case asJSON > 0:
		return mediaJSON, true
	}
	return "", false
}

// elements matches the elements of a header: text between commas that are not within a
// quoted string.
var elements = regexp.MustCompile(`(?:[^,"]|"(?:[^"\\]|\\.)*")+`)

// qualityOf returns the quality of the most specific range that includes a media type,
// 0 for none, and whether that range names the type.
func qualityOf(media string, ranges map[string]float64) (quality float64, named bool) {
	for _, name := range []string{media, "application/*", "*/*"} {
		if quality, ok := ranges[name]; ok {
			return quality, name == media
		}
	}
	return 0, false
}
