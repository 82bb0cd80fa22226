package limit

// Limits bounds what a document may ask for. Fields, root fields, aliases and
// depth are counted as the client receives them: each spread of a fragment
// counts everything in the fragment once more.
type Limits struct {
	// Tokens is the number of lexical tokens of a document, comments included.
	Tokens int
	// NameBytes is the length of the longest name in a document.
	NameBytes int
	// Operations is the number of operations in a document, run or not.
	Operations int
	// Fragments is the number of fragment definitions in a document. Validation
	// is quadratic in it.
	Fragments int
	// Directives is the number of directives written in a document.
	Directives int
	// Nesting is how deep lists and objects are nested in a literal, and lists
	// in the type of a variable. The value of a variable is not counted: its type
	// bounds it.
	Nesting int

	// Depth is the longest chain of fields in an operation; a leaf counts.
	Depth int
	// RootFields is the number of fields that an operation selects at its root.
	RootFields int
	// Aliases is the number of fields with an alias in an operation.
	Aliases int
	// Fields is the complexity of an operation: each selected field costs 1.
	Fields int
	// Selections limits how often an operation selects single fields, at any depth
	// and with any alias. The list holds at most maxNamed names.
	Selections []Selections

	// Introspection admits __schema and __type. What they select counts against
	// these limits and not against those above. An alias multiplies the response,
	// which is large without: no tool uses one.
	Introspection        bool
	IntrospectionDepth   int
	IntrospectionFields  int
	IntrospectionAliases int
}

// Selections is how often an operation may select a field.
type Selections struct {
	Field string
	Most  int
}

// Default returns the limits that docs/limits.md promises. They leave room for
// the introspection query of graphql-js, which needs depth 15 and 230 fields.
func Default() Limits {
	return Limits{
		Tokens:     1500,
		NameBytes:  100,
		Operations: 20,
		Fragments:  50,
		Directives: 50,
		Nesting:    10,

		Depth:      10,
		RootFields: 10,
		Aliases:    15,
		Fields:     200,
		Selections: []Selections{{"__schema", 1}, {"__type", 1}, {"login", 1}, {"changePassword", 1}, {"auditLog", 2}},

		Introspection:        true,
		IntrospectionDepth:   16,
		IntrospectionFields:  300,
		IntrospectionAliases: 2,
	}
}
