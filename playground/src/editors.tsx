// What GraphiQL's editors need to be used without a mouse. It puts each in a box
// that the tab key reaches and Enter opens; inside, Tab indents.

import { pick, useGraphiQL } from '@graphiql/react';
import type { KeyboardEvent } from 'react';
import { useEffect } from 'react';

const BOX = '.graphiql-editor, .result-window';

/** Tells how, and gives each editor and its box a name for screen readers. */
export function EditorHelp() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  useEffect(() => {
    const names = [[queryEditor, 'Operation'], [variableEditor, 'Variables'], [headerEditor, 'Headers'], [responseEditor, 'Answer']] as const;
    for (const [editor, name] of names) {
      const box = editor?.getContainerDomNode();
      box?.setAttribute('role', 'group');
      box?.setAttribute('aria-label', `${name} editor: press Enter to go in`);
      editor?.updateOptions({ ariaLabel: `${name}: press Escape to leave` });
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);

  return <p>With the keyboard: <kbd>Enter</kbd> goes into an editor, <kbd>Esc</kbd> leaves it.</p>;
}

/** On Escape, unless the editor has a use for it: puts the focus on its box. */
export function leaveEditor(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || !(event.target instanceof Element)) return;
  event.target.closest<HTMLElement>(BOX)?.focus();
}
