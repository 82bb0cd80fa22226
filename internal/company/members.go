package company

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db"
)

// The fields of a configuration have two tags: json is the name in the stored JSON,
// audit the name in the schema and in the audit log. Their types are scalars, or int,
// string and bool, or pointers to these. A field that the Python service does not know
// is a pointer with omitempty: while it is not set, both services store the same JSON.

// readMembers sets the fields of the configuration that into points to, and returns the
// json names of those that it set. A member that is absent or not valid does not change
// its field. Names must match exactly, unlike in encoding/json.
func readMembers(stored []byte, into any) (valid []string) {
	var members map[string]any
	_ = json.Unmarshal(stored, &members) // members stays empty if stored is not an object
	for field, value := range reflect.ValueOf(into).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if setMember(value, members[name]) {
			valid = append(valid, name)
		}
	}
	return valid
}

// setMember sets a field to a value of encoding/json. It reports whether the value is
// valid. The Python service stores numbers as sent, such as 3.0. One outside the 32 bits
// of the schema's Int is not valid.
func setMember(field reflect.Value, stored any) bool {
	if number, ok := stored.(float64); ok && number == math.Trunc(number) && number >= math.MinInt32 && number <= math.MaxInt32 {
		stored = int(number)
	}
	if field.Kind() == reflect.Pointer {
		value := reflect.New(field.Type().Elem())
		if !setMember(value.Elem(), stored) {
			return false
		}
		field.Set(value)
		return true
	}
	if scalar, ok := field.Addr().Interface().(interface{ UnmarshalGQL(v any) error }); ok {
		return scalar.UnmarshalGQL(stored) == nil
	}
	value := reflect.ValueOf(stored)
	if !value.IsValid() || value.Type() != field.Type() {
		return false
	}
	field.Set(value)
	return true
}

// auditFields returns the fields of a configuration for the audit log, in the order of
// the struct. It returns nil for a nil configuration.
func auditFields[T any](config *T) (fields []audit.Field) {
	if config == nil {
		return nil
	}
	for field, value := range reflect.ValueOf(config).Elem().Fields() {
		text := ""
		if value = reflect.Indirect(value); value.IsValid() {
			text = fmt.Sprint(value.Interface())
		}
		fields = append(fields, audit.Field{Name: field.Tag.Get("audit"), Value: db.NilIfZero(text)})
	}
	return fields
}
