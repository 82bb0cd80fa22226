import { GraphiQL } from 'graphiql';
import type { Fetcher } from '@graphiql/toolkit';
import { useMemo, useState } from 'react';
import type { Config } from './config';
import { useEditorTheme } from './editor-theme';
import { EditorHelp, leaveEditor } from './editors';
import { EXAMPLES } from './examples';
import type { Answer } from './graphql';
import { named } from './graphql';
import { Header } from './header';
import { postSignedIn, useSession } from './session';
import { SignIn } from './sign-in';
import { storage } from './storage';
import { useTheme } from './theme';

// Null keeps GraphiQL from asking for a schema and from offering its documentation.
const NO_SCHEMA = { schema: null, referencePlugin: null };

export function App({ config }: { config: Config }) {
  const { session } = useSession();
  const [theme, shownTheme, chooseTheme] = useTheme();
  const [news, setNews] = useState('');
  useEditorTheme();
  // One fetcher for the life of the page: another one would fetch the schema again.
  const fetcher = useMemo<Fetcher>(
    () => async (params, options) => {
      setNews('');
      const answer = await postSignedIn(config.endpoint, named(params), new Headers(options?.headers));
      if (params.operationName !== 'IntrospectionQuery') setNews(summary(answer));
      return answer;
    },
    [config.endpoint],
  );

  return (
    <>
      <Header config={config} theme={theme} onTheme={chooseTheme} />
      {/* Screen readers are not told of what an editor shows. */}
      <p className="visually-hidden" aria-live="polite">{news}</p>
      <main onKeyDown={leaveEditor}>
        {!session && <SignIn config={config} />}
        {/* GraphiQL takes null for no storage, though its types do not say so.
            Variables may hold keys and passwords: nothing that is typed outlives the tab.
            No history plugin, because it would keep them longer than the editor does. */}
        <GraphiQL
          fetcher={fetcher}
          storage={storage('sessionStorage')!}
          shouldPersistHeaders={false}
          plugins={[]}
          {...(config.introspection ? {} : NO_SCHEMA)}
          forcedTheme={shownTheme}
          defaultTabs={EXAMPLES}
          defaultEditorToolsVisibility="variables"
          schemaDescription
          inputValueDeprecation
        >
          <GraphiQL.Logo><span /></GraphiQL.Logo>
          <GraphiQL.Footer>
            {!config.introspection && <p>Introspection is off on this server, so there is no documentation and no completion.</p>}
            <EditorHelp />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}

function summary({ errors }: Answer): string {
  return errors?.[0] ? `Answer with errors: ${errors[0].message}` : 'Answer received';
}
