package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// maxTags is how many entity tags of an If-Match are tried; each costs a
// transaction.
const maxTags = 10

// runOn runs a document under the conditions that the request sets (RFC 9110,
// section 13). Whether the stored state is one that If-Match names is for the
// schema's expectedVersion to decide, in the transaction of the change. "*" is
// no condition: the resources of this API are always there, be it empty.
func (a *API) runOn(r *http.Request, rt route, doc *document, variables object) (data object, err error) {
	lines := r.Header.Values("If-Match")
	condition := parseTags(lines)
	switch {
	case doc.payload == "": // a query is held to its conditions when its tag is known
		return a.run(r.Context(), doc, variables)
	case len(r.Header.Values("If-None-Match")) > 0: // as good as never sent with a change
		return nil, errCondition
	case len(lines) == 0, condition.any:
		return a.change(r, doc, variables)
	case doc.expects == "": // what cannot be looked at is not taken as met
		return nil, errCondition
	}
	tags := condition.strongly()
	err = errStale
	for _, tag := range tags[:min(len(tags), maxTags)] {
		if variables[doc.expects] = tag; rt.version != nil {
			variables[doc.expects] = rt.version(tag)
		}
		if data, err = a.change(r, doc, variables); !isStale(err) {
			break
		}
	}
	return data, err
}

// change runs a mutation; its refusal is an error.
func (a *API) change(r *http.Request, doc *document, variables object) (object, error) {
	data, err := a.run(r.Context(), doc, variables)
	if err != nil {
		return nil, err
	}
	return data, doc.refusal(data)
}

func isStale(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.status == http.StatusPreconditionFailed
}

// checkRead refuses a read whose If-Match does not name the state that it
// would show.
func checkRead(r *http.Request, tag string) error {
	lines := r.Header.Values("If-Match")
	condition := parseTags(lines)
	if tag == "" || len(lines) == 0 || condition.any || condition.names(tag) {
		return nil
	}
	return errStale
}

// unsaved is the version of what was never saved.
const unsaved = "0"

// configTag takes the version out of the config, which is null when nothing is
// saved.
func configTag(data object) string {
	config, saved := company(data)["config"].(object)
	if !saved {
		return unsaved
	}
	return takeVersion(config)
}

// The parts of the tag of the integrations: two versions, and whether Google is
// configured, which the answer shows too.
const (
	pmsPart = iota
	aiPart
	googlePart
	tagParts
)

func integrationsTag(data object) string {
	shown := company(data)["data"].(object)
	return fmt.Sprintf("%s-%s-%t", takeVersion(shown["pms"].(object)), takeVersion(shown["ia"].(object)),
		shown["google"].(object)["configurado"])
}

// versionIn finds the version of one integration in the tag of all of them, so
// that who has read them together can save them one by one.
func versionIn(part int) func(tag string) string {
	return func(tag string) string {
		parts := strings.Split(tag, "-")
		if len(parts) != tagParts {
			return "" // no version is empty
		}
		return parts[part]
	}
}

func takeVersion(shown object) string {
	version := shown["version"].(string)
	delete(shown, "version")
	return version
}
