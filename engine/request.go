package engine

import "context"

type requestKey struct{}

// WithRequest gives ctx the id of the request on whose behalf it works. The jobs and timers that its deeds create keep the id, and
// what they do later is done on behalf of the same request: one id leads from what somebody did to all that became of it.
func WithRequest(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, requestKey{}, id)
}

// Request is the id that WithRequest gave; empty where there is none.
func Request(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
