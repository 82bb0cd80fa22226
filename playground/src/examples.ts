// The tabs that a first visit opens with. All of them work as they stand; the
// keys in them are made up.

interface Example {
  query: string;
  variables?: string;
}

export const EXAMPLES: Example[] = [
  {
    query: `# Who am I, and what is connected?
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
# management system. The key is stored
# encrypted; nothing ever returns it.
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
    query: `# For admins: use an AI model of your own.
# Leave apiKey out to keep the stored key
# of the same provider.
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
    query: `# For admins: from when a check-in is late,
# and the columns of the spreadsheet.
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
