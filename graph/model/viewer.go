package model

import "github.com/stay-sidekick/profile-server/internal/auth"

// ForViewer is embedded in each object that has fields with @authenticated or @admin.
// These fields are authorized for the principal for whom the object was read.
type ForViewer struct{ Principal *auth.Principal }

// Viewer returns that principal.
func (o ForViewer) Viewer() *auth.Principal { return o.Principal }
