// The tabs that a first visit opens with. All of them work as they stand; the
// keys in them are made up.

interface Example {
  query: string;
  variables?: string;
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

export const EXAMPLES: Example[] = [
  {
    query: `# Who am I, and what has my company connected?
# Sign in first, then press Ctrl+Enter (Cmd+Enter on a Mac).
query MyProfile {
  me {
    email
    role
    passwordChangedAt
    company {
      name
      integrations {
        pms { configured provider updatedAt }
        ai { provider model usesSharedTier }
        google { configured }
      }
      lateCheckIn { cutoff }
    }
  }
}
`,
  },
  {
    query: `# For admins: connect the property management system.
# The key is stored encrypted; no query ever returns it.
mutation ConnectPms($input: SetPmsIntegrationInput!) {
  setPmsIntegration(input: $input) {
    company {
      integrations {
        pms { configured provider updatedAt }
      }
    }
    userErrors { code field message }
  }
}
`,
    variables: json({ input: { provider: 'SMOOBU', apiKey: 'example-key-not-a-real-one' } }),
  },
  {
    query: `# For admins: use the company's own AI model.
# Leave apiKey out to keep the stored key of the same provider.
mutation ChangeAiModel($input: SetAiIntegrationInput!) {
  setAiIntegration(input: $input) {
    company {
      integrations {
        ai { configured provider model usesSharedTier updatedAt }
      }
    }
    userErrors { code field message }
  }
}
`,
    variables: json({ input: { provider: 'OPENAI', model: 'gpt-4o-mini', apiKey: 'example-key-not-a-real-one' } }),
  },
  {
    query: `# For admins: from when on a check-in is late, and which
# columns of the bookings spreadsheet hold what.
mutation LateCheckIn($input: SaveLateCheckInConfigInput!) {
  saveLateCheckInConfig(input: $input) {
    company {
      lateCheckIn {
        cutoff
        columns { guestName checkIn arrivalTime phone apartment }
      }
    }
    userErrors { code field message }
  }
}
`,
    variables: json({
      input: {
        cutoff: '21:30',
        columns: { guestName: 'A', checkIn: 'B', arrivalTime: 'F', phone: 'G', apartment: 'C' },
      },
    }),
  },
];
