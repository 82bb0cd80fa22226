import { GraphiQL } from 'graphiql';
import type { Fetcher } from '@graphiql/toolkit';
import { useMemo } from 'react';
import type { Config } from './config';
import { useEditorTheme } from './editor-theme';
import { EXAMPLES } from './examples';
import { Header } from './header';
import { postSignedIn, useSession } from './session';
import { SignIn } from './sign-in';
import { useTheme } from './theme';

export function App({ config }: { config: Config }) {
  const { session } = useSession();
  const [theme, shownTheme, chooseTheme] = useTheme();
  useEditorTheme();
  // One fetcher for the life of the page: another one would fetch the schema again.
  const fetcher = useMemo<Fetcher>(
    () => (params, options) => postSignedIn(config.endpoint, params, new Headers(options?.headers)),
    [config.endpoint],
  );

  return (
    <>
      <Header theme={theme} onTheme={chooseTheme} />
      <main>
        {!session && <SignIn config={config} />}
        {/* Variables may hold keys and passwords: nothing that is typed outlives the tab.
            No history plugin, because it would keep them longer than the editor does. */}
        <GraphiQL
          fetcher={fetcher}
          storage={sessionStorage}
          shouldPersistHeaders={false}
          plugins={[]}
          forcedTheme={shownTheme}
          defaultTabs={EXAMPLES}
          defaultEditorToolsVisibility="variables"
          schemaDescription
          inputValueDeprecation
        >
          <GraphiQL.Logo><span /></GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}
