import { flushSync } from 'react-dom';
import type { Config } from './config';
import iconUrl from './icon.svg';
import type { Session } from './session';
import { signOut, useSession } from './session';
import type { Theme } from './theme';

const THEMES: Record<Theme, string> = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' };
const ROLES = { ADMIN: 'Admin', OPERATOR: 'Operator' };

interface HeaderProps {
  config: Config;
  theme: Theme;
  onTheme: (theme: Theme) => void;
}

export function Header({ config, theme, onTheme }: HeaderProps) {
  const { session } = useSession();
  return (
    <header className="bar">
      <img src={iconUrl} alt="" width="28" height="28" />
      <h1>Stay Sidekick <small>Profile API playground</small></h1>
      <div className="account" id="account" role="status" tabIndex={-1}>
        {session ? <SignedIn session={session} /> : <span className="soft">Not signed in</span>}
      </div>
      {session && <button onClick={signOutAndFocus}>Sign out</button>}
      <nav aria-label="Resources">
        {config.introspection && <a href="/schema.graphqls">Schema</a>}
        <a href="/playground/licenses.txt">Licences</a>
      </nav>
      <label className="theme">
        <span className="visually-hidden">Theme</span>
        <select value={theme} onChange={(event) => onTheme(event.target.value as Theme)}>
          {Object.entries(THEMES).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
        </select>
      </label>
    </header>
  );
}

/** Signs out and moves the focus to the form, because the button disappears. */
function signOutAndFocus() {
  flushSync(signOut);
  document.getElementById('email')?.focus();
}

function SignedIn({ session: { user, expiresAt } }: { session: Session }) {
  const expires = new Date(expiresAt);
  return (
    <>
      <span className="visually-hidden">Signed in as </span>
      <strong>{user.email}</strong>
      <span className="role">{ROLES[user.role]}</span>
      <span>{user.company.name}</span>
      <span className="soft">until <time dateTime={expires.toISOString()}>{formatTime(expires)}</time></span>
      {user.mustChangePassword && <span className="warn">Password change due</span>}
    </>
  );
}

/** Formats a time, with the date when it is not today. */
function formatTime(time: Date): string {
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(undefined, today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}
