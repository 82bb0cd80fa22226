// The tabs of a first visit. All of them run unchanged; their API keys are
// examples.

interface Example {
  query: string;
  variables?: string;
}

export const EXAMPLES: Example[] = [
  {
    query: `# Read your profile and integrations.
# Sign in, then press Ctrl+Enter.
query MyProfile {
  me {
    email
    role
    passwordChangedAt
    company {
      name
      integrations {
        pms { configured provider }
        ai { provider model }
        google { configured }
      }
      lateCheckIn { cutoff }
    }
  }
}`,
  },
  {
    query: `# For admins: connect the property
# management system. The API key is stored
# encrypted; no field returns it.
mutation ConnectPms(
  $input: SetPmsIntegrationInput!
) {
  setPmsIntegration(input: $input) {
    company {
      integrations {
        pms { configured provider updatedAt }
      }
    }
    userErrors { code field message }
  }
}`,
    variables: `{
  "input": {
    "provider": "SMOOBU",
    "apiKey": "example-key-not-a-real-one"
  }
}`,
  },
  {
    query: `# For admins: ask the provider whether it
# accepts an API key. Nothing is stored.
# Without input the stored key is checked.
mutation CheckPms(
  $input: TestPmsIntegrationInput
) {
  testPmsIntegration(input: $input) {
    check { status reason message account }
    userErrors { code field message }
  }
}`,
    variables: `{
  "input": {
    "provider": "SMOOBU",
    "apiKey": "example-key-not-a-real-one"
  }
}`,
  },
  {
    query: `# For admins: set the AI provider and
# model. Omit apiKey to keep the stored
# key of the same provider.
mutation ChangeAiModel(
  $input: SetAiIntegrationInput!
) {
  setAiIntegration(input: $input) {
    company {
      integrations {
        ai { configured provider model }
      }
    }
    userErrors { code field message }
  }
}`,
    variables: `{
  "input": {
    "provider": "OPENAI",
    "model": "gpt-4o-mini",
    "apiKey": "example-key-not-a-real-one"
  }
}`,
  },
  {
    query: `# For admins: set the time from which a
# check-in is late, and the spreadsheet's
# columns.
mutation LateCheckIn(
  $input: SaveLateCheckInConfigInput!
) {
  saveLateCheckInConfig(input: $input) {
    company {
      lateCheckIn {
        cutoff
        columns {
          guestName checkIn arrivalTime
          phone apartment
        }
      }
    }
    userErrors { code field message }
  }
}`,
    variables: `{
  "input": {
    "cutoff": "21:30",
    "columns": { "guestName": "A", "checkIn": "B" }
  }
}`,
  },
];
