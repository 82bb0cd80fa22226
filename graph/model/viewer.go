package model

import "github.com/stay-sidekick/profile-server/internal/auth"

// ForViewer is embedded by each object that has fields with @authenticated or
// @admin: they are authorised for the principal on whose behalf the object was
// read.
type ForViewer struct{ Principal *auth.Principal }

// Viewer returns that principal.
func (o ForViewer) Viewer() *auth.Principal { return o.Principal }
