// The page's settings, which the server returns.

export interface Account {
  label: string;
  email: string;
  password: string;
}

export interface Config {
  /** Path of the GraphQL endpoint on this origin. */
  endpoint: string;
  /** Whether introspection is on and /schema.graphqls exists. */
  introspection: boolean;
  /** Demo accounts; only a development server returns any. */
  accounts?: Account[];
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/playground/config.json');
  if (!response.ok) throw new Error(`config.json has status ${response.status}`);
  return (await response.json()) as Config;
}
