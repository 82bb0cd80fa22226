// Package optional is about values that may be absent, which are nil pointers.
package optional

// Of gives nil for a zero value, else a pointer to it.
func Of[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// OrZero gives a zero value for nil.
func OrZero[T any](v *T) (value T) {
	if v != nil {
		value = *v
	}
	return value
}

// Equal tells whether both are absent, or both there and the same.
func Equal[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
