// The editor's colors: redefines GraphiQL's two themes with the page's colors
// and enough contrast for comments and line numbers.

import { useMonaco } from '@graphiql/react';
import { useEffect } from 'react';

interface Palette {
  base: 'vs' | 'vs-dark';
  ink: string;
  accent: string;
  tint: string;
  soft: string;
  paper: string;
  comment: string;
}

const LIGHT: Palette = { base: 'vs', ink: '#1d2733', accent: '#0b6b63', tint: '#0b6b631f', soft: '#556372', paper: '#ffffff', comment: '2f6f2f' };
const DARK: Palette = { base: 'vs-dark', ink: '#e8edf3', accent: '#4fd1c1', tint: '#4fd1c126', soft: '#a3b1c2', paper: '#212a3b', comment: '8fbf7f' };

export function useEditorTheme(): void {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    monaco?.editor.defineTheme('graphiql-LIGHT', theme(LIGHT));
    monaco?.editor.defineTheme('graphiql-DARK', theme(DARK));
  }, [monaco]);
}

function theme({ base, ink, accent, tint, soft, paper, comment }: Palette) {
  return {
    base,
    inherit: true,
    rules: [{ token: 'comment', foreground: comment }],
    colors: {
      'editor.background': '#00000000',
      'editorLineNumber.foreground': soft,
      'editorLineNumber.dimmedForeground': soft,
      'editorWidget.background': paper,
      'editorHoverWidget.background': paper,
      'editorSuggestWidget.background': paper,
      'editorSuggestWidget.selectedBackground': tint,
      'editorSuggestWidget.selectedForeground': ink,
      'quickInput.background': paper,
      'menu.background': paper,
      'menu.selectionBackground': tint,
      'list.hoverBackground': tint,
      'list.highlightForeground': accent,
      'list.focusHighlightForeground': accent,
      'textLink.foreground': accent,
      'editorLink.activeForeground': accent,
      focusBorder: accent,
    },
  };
}
