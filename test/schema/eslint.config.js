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

      // Everything in the schema needs a description, not only types.
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

      // Types and operations have block descriptions, fields and values have one
      // line.
      '@graphql-eslint/description-style': 'off',

      // Independent objects have an id. These types are parts of a company, an audit
      // entry, a check, a page or a response.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            types: [
              'Integrations',
              'PmsIntegration',
              'AiIntegration',
              'ConnectionCheck',
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
