package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// presenter converts an error to the GraphQL error that the client gets: the code and the message
// of an *apperr.Error, in the language of the context; for any other error a fixed
// message with the request id, which finds the error in the log.
type presenter struct {
	log   *slog.Logger
	count func(apperr.Code)
}

func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	known, ok := errors.AsType[*apperr.Error](err)
	if !ok {
		known = internal(ctx, err)
	}
	presented := &gqlerror.Error{
		Err:        err,
		Message:    known.Text(apperr.LanguageOf(ctx)),
		Path:       graphql.GetPath(ctx),
		Extensions: map[string]any{"code": string(known.Code)},
	}
	if placed, ok := errors.AsType[*gqlerror.Error](err); ok {
		presented.Locations = placed.Locations
		if placed.Path != nil {
			presented.Path = placed.Path
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled) {
		return presented // the client has disconnected, which is no fault of the server
	}
	p.count(known.Code)
	switch known.Code {
	case apperr.Internal:
		presented.Extensions["requestId"] = auth.RequestID(ctx) // as the log's line has it, see web.LogRequestID
		p.log.ErrorContext(ctx, "internal error", "error", fmt.Sprint(known.Unwrap()), "field", fieldOf(ctx))
	case apperr.Unavailable:
		p.log.WarnContext(ctx, "database unavailable", "error", fmt.Sprint(known.Unwrap()))
	case apperr.RateLimited:
		presented.Extensions["retryAfterSeconds"] = int(math.Ceil(known.RetryAfter.Seconds())) // a client that waits for them is accepted
	}
	return presented
}

// internal returns the error that a client sees instead of err. The log gets err without
// gqlgen's path, because the names on it are the client's aliases.
func internal(ctx context.Context, err error) *apperr.Error {
	if placed, ok := errors.AsType[*gqlerror.Error](err); ok {
		err = errors.New(placed.Message)
	}
	known := apperr.Wrap(apperr.Internal, apperr.InternalError, err)
	if id := auth.RequestID(ctx); id != "" {
		known.Message, known.Args = apperr.InternalErrorID, []any{id}
	}
	return known
}

// fieldOf returns the path of the field that failed in names of the schema, empty
// outside of all fields.
func fieldOf(ctx context.Context) string {
	var names []string
	for field := graphql.GetFieldContext(ctx); field != nil; field = field.Parent {
		if field.Field.Field != nil { // neither an element of a list nor the root
			names = append(names, field.Field.Name)
		}
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

// recovered returns a panic of a resolver as an internal error, with its stack
// for the log.
func recovered(_ context.Context, panicked any) error {
	return fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
}
