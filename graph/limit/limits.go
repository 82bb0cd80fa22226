package limit

// Limits are the maximum sizes of a document. Fields, root fields, aliases and depth
// are counted with each spread replaced by its fragment.
type Limits struct {
	// Tokens is the number of lexical tokens of a document, including comments.
	Tokens int
	// NameBytes is the length of the longest name in a document.
	NameBytes int
	// Operations is the number of operations in a document, executed or not.
	Operations int
	// Fragments is the number of fragment definitions in a document. The time of
	// validation is quadratic in it.
	Fragments int
	// Directives is the number of uses of directives in a document.
	Directives int
	// Nesting is the depth of lists and objects in a literal, and of lists in the
	// type of a variable. The type of a variable bounds the depth of its value.
	Nesting int

	// Depth is the longest chain of fields in an operation, including the leaf.
	Depth int
	// RootFields is the number of fields that an operation selects at its root.
	RootFields int
	// Aliases is the number of fields with an alias in an operation.
	Aliases int
	// Fields is the complexity of an operation: each selected field costs 1.
	Fields int
	// Connections is the number of connection fields in an operation: fields whose
	// type is a connection. None may be below another one.
	Connections int
	// Selections limits how often an operation selects particular fields, at any
	// depth and with any alias.
	Selections []Selections

	// Introspection enables __schema and __type. The fields below them count against
	// the following limits instead of Depth and Fields. Aliases below them multiply a
	// response that is already large, and no tool uses them. An alias of __type itself
	// counts only against Aliases.
	Introspection        bool
	IntrospectionDepth   int
	IntrospectionFields  int
	IntrospectionAliases int
}

// Selections is the maximum number of selections of a field in an operation.
type Selections struct {
	Field string
	Most  int
}

// Default returns the limits that docs/limits.md documents. They allow the
// introspection query of graphql-js, which has depth 15 and 230 fields.
func Default() Limits {
	return Limits{
		Tokens:     1500,
		NameBytes:  100,
		Operations: 20,
		Fragments:  50,
		Directives: 50,
		Nesting:    10,

		Depth:       10,
		RootFields:  10,
		Aliases:     15,
		Fields:      200,
		Connections: 2,
		Selections: []Selections{
			{"__schema", 1}, {"__type", 10}, {"login", 1}, {"changePassword", 1}, {"testPmsIntegration", 1}, {"testAiIntegration", 1},
		},

		Introspection:        true,
		IntrospectionDepth:   16,
		IntrospectionFields:  300,
		IntrospectionAliases: 2,
	}
}
