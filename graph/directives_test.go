package graph

import (
	"context"
	"testing"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestAFieldIsAuthorisedForTheViewerOfItsObjectAndNeverForTheCallerInstead(t *testing.T) {
	caller, other := &auth.Principal{Email: "caller"}, &auth.Principal{Email: "other"}
	ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return caller, nil })
	of := model.ForViewer{Principal: other}
	for _, c := range []struct {
		ctx  context.Context
		obj  any
		want *auth.Principal // nil for an error
	}{
		{ctx, nil, caller},
		{t.Context(), nil, nil},
		{ctx, &model.User{ForViewer: of}, other},
		{t.Context(), &model.Company{ForViewer: of}, other},
		{ctx, &model.Company{}, nil},
		{ctx, &model.PageInfo{}, nil},
	} {
		got, err := viewer(c.ctx, c.obj)
		if got != c.want || (err == nil) != (c.want != nil) {
			t.Errorf("%T: got %v, %v, want %v", c.obj, got, err, c.want)
		}
	}
}
