package db

// NilIfZero returns nil, which is stored as null, for a zero value, and a pointer to
// any other value.
func NilIfZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// ZeroIfNil returns the value that v points to, or a zero value when v is nil.
func ZeroIfNil[T any](v *T) (value T) {
	if v != nil {
		value = *v
	}
	return value
}

// EqualValues reports whether both are nil or point to equal values.
func EqualValues[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
