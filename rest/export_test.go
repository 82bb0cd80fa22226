package rest

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testvalue"
)

// Route is the method and the path of a legacy route.
type Route struct{ Method, Path string }

// Routes returns every route that runs a document.
func Routes() []Route {
	list := make([]Route, len(routes))
	for i, rt := range routes {
		list[i] = Route{rt.method, rt.path}
	}
	return list
}

// BodyField is a field of a request body with two valid values.
type BodyField struct {
	Name   string
	Values [2]any
}

// BodyFields returns the fields of the request body of a route.
func BodyFields(t testing.TB, route Route) (fields []BodyField) {
	t.Helper()
	for _, rt := range routes {
		if route != (Route{rt.method, rt.path}) {
			continue
		}
		for _, v := range mustLoad(t, rt.document).variables {
			fields = append(fields, BodyField{v.Variable, testvalue.Pair(t, v.Definition, v.directives)})
		}
	}
	return fields
}
