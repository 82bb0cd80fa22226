// Who is signed in. The token is kept in this tab's sessionStorage, so that a
// reload stays signed in, and nowhere else: closing the tab forgets it.

import { useSyncExternalStore } from 'react';
import type { Answer, AnswerError, Params } from './graphql';
import { post } from './graphql';
import { keep, recall } from './storage';

export interface Session {
  token: string;
  /** When the token ends, in milliseconds of this computer's clock. */
  expiresAt: number;
  user: User;
}

interface User {
  email: string;
  role: 'ADMIN' | 'OPERATOR';
  mustChangePassword: boolean;
  company: { name: string };
}

interface State {
  session: Session | null;
  /** Why nobody is signed in any more; empty when there is nothing to say. */
  notice: string;
}

const STORAGE_KEY = 'stay-sidekick:session';
const LONGEST_TIMER = 2 ** 31 - 1;
const SIGN_IN = `mutation SignIn($input: LoginInput!) {
  login(input: $input) {
    token
    user { email role mustChangePassword company { name } }
    userErrors { message }
  }
}`;

const listeners = new Set<() => void>();
let timer = 0;
let state: State = { session: null, notice: '' };
restore();

export function useSession(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Signs in, or returns the sentence that tells why not. */
export async function signIn(endpoint: string, email: string, password: string): Promise<string> {
  const variables = { input: { email, password } };
  const answer = await post(endpoint, { query: SIGN_IN, variables }, new Headers());
  if (answer.errors?.[0]) return explain(answer.errors[0]);
  const { token, user, userErrors } = answer.data?.login as {
    token: string | null;
    user: User | null;
    userErrors: { message: string }[];
  };
  const granted = token && claims(token);
  if (!granted || !user) return userErrors[0]?.message ?? 'The server refused the sign-in without a reason.';
  change({ session: { token, user, expiresAt: end(granted) }, notice: '' });
  return '';
}

export function signOut(): void {
  change({ session: null, notice: '' });
}

/**
 * Sends an operation as the person who is signed in, unless the headers name
 * someone else. Ends the session when the server no longer accepts it, and
 * goes on with the fresh token of a changed password.
 */
export async function postSignedIn(endpoint: string, params: Params, headers: Headers): Promise<Answer> {
  const sent = headers.has('Authorization') ? null : state.session;
  if (sent) headers.set('Authorization', `Bearer ${sent.token}`);
  const answer = await post(endpoint, params, headers);
  if (!sent || state.session !== sent) return answer;

  const fresh = freshToken(answer, sent.token);
  if (fresh) {
    const user = { ...sent.user, mustChangePassword: fresh.claims.debe_cambiar_password };
    change({ session: { token: fresh.token, user, expiresAt: end(fresh.claims) }, notice: '' });
  } else if (answer.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) {
    change({ session: null, notice: 'The server no longer accepts your session. Please sign in again.' });
  }
  return answer;
}

function explain({ message, extensions }: AnswerError): string {
  const seconds = extensions?.retryAfterSeconds;
  return seconds ? `${message} Try again in ${seconds} seconds.` : message;
}

function change(next: State): void {
  state = next;
  keep('sessionStorage', STORAGE_KEY, next.session && JSON.stringify(next.session));
  watchExpiry();
  for (const listener of listeners) listener();
}

function restore(): void {
  const stored = recall('sessionStorage', STORAGE_KEY);
  if (!stored) return;
  try {
    change({ session: JSON.parse(stored) as Session, notice: '' });
  } catch {
    keep('sessionStorage', STORAGE_KEY, null);
  }
}

function watchExpiry(): void {
  clearTimeout(timer);
  if (!state.session) return;
  const left = state.session.expiresAt - Date.now();
  if (!(left > 0)) change({ session: null, notice: 'Your session has ended. Please sign in again.' });
  else timer = window.setTimeout(watchExpiry, Math.min(left, LONGEST_TIMER));
}

interface Token {
  token: string;
  claims: Claims;
}

/**
 * The token that a changePassword of the same person answered with, if any. An
 * alias can call anything a token: what is no readable one is passed over.
 */
function freshToken(answer: Answer, old: string): Token | undefined {
  const person = claims(old)?.sub;
  for (const payload of Object.values(answer.data ?? {})) {
    const token = (payload as { token?: unknown } | null)?.token;
    const read = typeof token === 'string' && claims(token);
    if (read && read.sub === person) return { token, claims: read };
  }
  return undefined;
}

/** When a new token ends, counted from now: a difference needs no synchronous clocks. */
function end({ iat, exp }: Claims): number {
  return Date.now() + (exp - iat) * 1000;
}

interface Claims {
  sub: string;
  iat: number;
  exp: number;
  debe_cambiar_password: boolean;
}

/** What a token says, null when it is none. */
function claims(token: string): Claims | null {
  const [, payload, signature] = token.split('.');
  if (!payload || !signature) return null;
  try {
    const read = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
    return typeof read.sub === 'string' && read.exp > read.iat ? read : null;
  } catch {
    return null;
  }
}
