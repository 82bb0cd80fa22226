import graphql from '@graphql-eslint/eslint-plugin'

export default [
  {
    files: ['schema.graphqls'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphqls' } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,

      // Not the types alone: everything that a client can see is described.
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],

      // Both ways of writing a description are in use: a block over a type or
      // an operation, one line over a field or a value.
      '@graphql-eslint/description-style': 'off',

      // A type has an id when it lives on its own. These are parts of their
      // company, of an entry, of a page or of one answer.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            types: [
              'Integrations',
              'PmsIntegration',
              'AiIntegration',
              'GoogleIntegration',
              'ApartmentColumns',
              'LateCheckInConfig',
              'LateCheckInColumns',
              'AuditChange',
              'PageInfo',
              'UserError',
            ],
            suffixes: ['Payload', 'Connection', 'Edge'],
          },
        },
      ],
    },
  },
]
