import type { FormEvent } from 'react';
import { useState } from 'react';
import type { Account, Config } from './config';
import { signIn, useSession } from './session';

/** The form beside the editor, shown while no user is signed in. */
export function SignIn({ config }: { config: Config }) {
  const { notice } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  // While busy, controls are not disabled: that would remove the focus.
  async function attempt(email: string, password: string) {
    if (busy) return;
    setBusy(true);
    const error = await signIn(config.endpoint, email, password);
    setProblem(error);
    setBusy(false);
    // The form disappears, so the focus moves to the account.
    if (!error) document.getElementById('account')?.focus();
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void attempt(String(form.get('email')), String(form.get('password')));
  }

  return (
    <aside className="sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in</h2>
      {notice && !problem && <p className="notice" role="alert">{notice}</p>}
      <form onSubmit={submit} aria-busy={busy}>
        <label htmlFor="email">E-mail</label>
        <input id="email" name="email" type="email" autoComplete="username" required />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required maxLength={128} />
        <p className="problem" role="alert">{problem}</p>
        <button className="primary" aria-disabled={busy}>{busy ? 'Signing in…' : 'Sign in'}</button>
      </form>
      {config.accounts && <DemoAccounts accounts={config.accounts} busy={busy} onChoose={attempt} />}
      <p className="soft">Your token is stored in this browser tab only, until you close it.</p>
    </aside>
  );
}

interface DemoAccountsProps {
  accounts: Account[];
  busy: boolean;
  onChoose: (email: string, password: string) => void;
}

function DemoAccounts({ accounts, busy, onChoose }: DemoAccountsProps) {
  return (
    <section aria-labelledby="demo-title">
      <h3 id="demo-title">Or use a demo account</h3>
      <ul className="accounts">
        {accounts.map(({ label, email, password }) => (
          <li key={email}>
            <button aria-disabled={busy} onClick={() => onChoose(email, password)}>
              <strong>{label}</strong>
              <span>{email}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
