import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  // or the URL of a server: https://…/schema.graphqls
  schema: '../../../schema.graphqls',
  documents: ['profile.ts'],
  generates: {
    './gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        importExtension: '.js',
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          LocalTime: 'string',
          ColumnIndex: 'number',
          ColumnLetters: 'string',
          EmailAddress: 'string',
          Password: 'string',
          NewPassword: 'string',
          AccountId: 'string',
          ApiKey: 'string',
          ModelName: 'string',
        },
      },
    },
  },
}

export default config
