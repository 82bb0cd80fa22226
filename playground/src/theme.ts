// The theme: the user's choice, otherwise that of the system.

import { useEffect, useState, useSyncExternalStore } from 'react';
import { readItem, writeItem } from './storage';

export type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'stay-sidekick:theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** Returns the choice, the theme that results from it, and a function to change the choice. */
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
    writeItem('localStorage', STORAGE_KEY, theme);
    setChoice(theme);
  }
  return [choice, shown, choose];
}

function stored(): Theme {
  const theme = readItem('localStorage', STORAGE_KEY);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
