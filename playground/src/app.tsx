import { GraphiQL } from 'graphiql';
import type { Fetcher } from '@graphiql/toolkit';
import { useMemo, useState } from 'react';
import type { Config } from './config';
import { useEditorTheme } from './editor-theme';
import { EditorHelp, leaveEditor } from './editors';
import { EXAMPLES } from './examples';
import type { GraphQLResponse } from './graphql';
import { withOperationName } from './graphql';
import { Header } from './header';
import { postSignedIn, useSession } from './session';
import { SignIn } from './sign-in';
import { storage } from './storage';
import { useTheme } from './theme';

// With null GraphiQL neither requests a schema nor shows its documentation.
const NO_SCHEMA = { schema: null, referencePlugin: null };

export function App({ config }: { config: Config }) {
  const { session } = useSession();
  const [theme, shownTheme, chooseTheme] = useTheme();
  const [announcement, setAnnouncement] = useState('');
  useEditorTheme();
  // A new fetcher would fetch the schema again, so it stays the same.
  const fetcher = useMemo<Fetcher>(
    () => async (params, options) => {
      setAnnouncement('');
      const response = await postSignedIn(config.endpoint, withOperationName(params), new Headers(options?.headers));
      if (params.operationName !== 'IntrospectionQuery') setAnnouncement(summary(response));
      return response;
    },
    [config.endpoint],
  );

  return (
    <>
      <Header config={config} theme={theme} onTheme={chooseTheme} />
      {/* Screen readers do not announce the content of an editor. */}
      <p className="visually-hidden" aria-live="polite">{announcement}</p>
      <main onKeyDown={leaveEditor}>
        {!session && <SignIn config={config} />}
        {/* storage: null means no storage, although GraphiQL's types do not allow it. Variables may
            contain API keys and passwords, so nothing that is typed is stored after the tab is closed.
            plugins: the history plugin would store variables longer than the editor does. */}
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
            {!config.introspection && <p>Introspection is off on this server, so documentation and completion are not available.</p>}
            <EditorHelp />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}

function summary({ errors }: GraphQLResponse): string {
  return errors?.[0] ? `Response with errors: ${errors[0].message}` : 'Response received';
}
