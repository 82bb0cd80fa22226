package scalar

import (
	"io"

	"github.com/99designs/gqlgen/graphql"
)

const modelNameMaxLength = 100

// ModelName is the name of an AI model: 0 to 100 characters, kept as sent.
type ModelName string

// UnmarshalGQL checks v.
func (m *ModelName) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 0, modelNameMaxLength)
	if err != nil {
		return err
	}
	*m = ModelName(s)
	return nil
}

// MarshalGQL writes the name as a JSON string.
func (m ModelName) MarshalGQL(w io.Writer) {
	graphql.MarshalString(string(m)).MarshalGQL(w)
}
