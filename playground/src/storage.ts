// What the browser keeps for the page. Where it keeps nothing, because site
// data is blocked or there is no room, everything works for as long as the
// page is open.

type Kind = 'localStorage' | 'sessionStorage';

/** The storage itself, null where the browser denies it. */
export function storage(kind: Kind): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

export function recall(kind: Kind, key: string): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a value, or forgets it when it is null. */
export function keep(kind: Kind, key: string, value: string | null): void {
  try {
    if (value === null) window[kind].removeItem(key);
    else window[kind].setItem(key, value);
  } catch {
    // Nothing is kept then.
  }
}
