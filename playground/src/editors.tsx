// Keyboard use of GraphiQL's editors. GraphiQL puts each editor in a box: the
// tab key moves the focus to the box, Enter moves it into the editor, where the
// tab key indents.

import { pick, useGraphiQL } from '@graphiql/react';
import type { KeyboardEvent } from 'react';
import { useEffect } from 'react';

const BOX = '.graphiql-editor, .result-window';

/** Explains the keys, and labels each editor and its box for screen readers. */
export function EditorHelp() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor'),
  );
  useEffect(() => {
    const names = [[queryEditor, 'Operation'], [variableEditor, 'Variables'], [headerEditor, 'Headers'], [responseEditor, 'Response']] as const;
    for (const [editor, name] of names) {
      const box = editor?.getContainerDomNode();
      box?.setAttribute('role', 'group');
      box?.setAttribute('aria-label', `${name} editor: press Enter to edit`);
      editor?.updateOptions({ ariaLabel: `${name}: press Escape to leave` });
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);

  return <p>Keyboard: <kbd>Enter</kbd> enters an editor, <kbd>Esc</kbd> leaves it.</p>;
}

/** Moves the focus to the editor's box on an Escape that the editor does not use itself. */
export function leaveEditor(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || !(event.target instanceof Element)) return;
  event.target.closest<HTMLElement>(BOX)?.focus();
}
