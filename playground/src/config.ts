// What the server tells the page about itself.

export interface Account {
  label: string;
  email: string;
  password: string;
}

export interface Config {
  /** Path of the GraphQL endpoint on this origin. */
  endpoint: string;
  /** Whether the server answers introspection and has /schema.graphqls. */
  introspection: boolean;
  /** Demo accounts; only a development server names any. */
  accounts?: Account[];
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/playground/config.json');
  if (!response.ok) throw new Error(`config.json answered with status ${response.status}`);
  return (await response.json()) as Config;
}
