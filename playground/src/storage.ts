// Access to the browser's storage. When the browser stores nothing, because site
// data is blocked or the quota is used up, the page works until it is closed.

type Kind = 'localStorage' | 'sessionStorage';

/** Returns the storage, null when the browser denies it. */
export function storage(kind: Kind): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

export function readItem(kind: Kind, key: string): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null;
  }
}

/** Stores a value, or removes it when it is null. */
export function writeItem(kind: Kind, key: string, value: string | null): void {
  try {
    if (value === null) window[kind].removeItem(key);
    else window[kind].setItem(key, value);
  } catch {
    // The page works without stored values.
  }
}
