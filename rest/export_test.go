package rest

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
