// Light or dark: what the person chose, otherwise what the system says.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { keep, recall } from './storage';

export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'stay-sidekick:theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** The choice, the theme that follows from it, and how to choose. */
export function useTheme(): [Theme, 'light' | 'dark', (theme: Theme) => void] {
  const [choice, setChoice] = useState<Theme>(stored);
  const dark = useSyncExternalStore(
    (listener) => {
      systemDark.addEventListener('change', listener);
      return () => systemDark.removeEventListener('change', listener);
    },
    () => systemDark.matches,
  );
  const shown = choice === 'system' ? (dark ? 'dark' : 'light') : choice;

  useEffect(() => {
    document.documentElement.style.colorScheme = shown;
  }, [shown]);

  function choose(theme: Theme) {
    keep('localStorage', STORAGE_KEY, theme);
    setChoice(theme);
  }
  return [choice, shown, choose];
}

function stored(): Theme {
  const theme = recall('localStorage', STORAGE_KEY);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
