// The session of the signed-in user. The token is stored in this tab's
// sessionStorage only: it survives a reload, and closing the tab removes it.

import { useSyncExternalStore } from 'react';
import type { GraphQLResponse, Params, ResponseError } from './graphql';
import { post } from './graphql';
import { readItem, writeItem } from './storage';

export interface Session {
  token: string;
  /** When the token expires, in milliseconds of this computer's clock. */
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
  /** Why the session ended; empty without a reason. */
  notice: string;
}

const STORAGE_KEY = 'stay-sidekick:session';
const MAX_TIMER = 2 ** 31 - 1;
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

/** Signs in. Returns an error message for the user, empty on success. */
export async function signIn(endpoint: string, email: string, password: string): Promise<string> {
  const variables = { input: { email, password } };
  const response = await post(endpoint, { query: SIGN_IN, variables }, new Headers());
  if (response.errors?.[0]) return errorText(response.errors[0]);
  const { token, user, userErrors } = response.data?.login as {
    token: string | null;
    user: User | null;
    userErrors: { message: string }[];
  };
  const granted = token && decodeClaims(token);
  if (!granted || !user) return userErrors[0]?.message ?? 'The server refused the sign-in without a reason.';
  setState({ session: { token, user, expiresAt: expiryOf(granted) }, notice: '' });
  return '';
}

export function signOut(): void {
  setState({ session: null, notice: '' });
}

/**
 * Sends an operation with the token of the session, unless the headers have an
 * Authorization of their own. Ends the session when the server rejects its token.
 * After a password change the session continues with the fresh token.
 */
export async function postSignedIn(endpoint: string, params: Params, headers: Headers): Promise<GraphQLResponse> {
  const sent = headers.has('Authorization') ? null : state.session;
  if (sent) headers.set('Authorization', `Bearer ${sent.token}`);
  const response = await post(endpoint, params, headers);
  if (!sent || state.session !== sent) return response;

  const fresh = freshToken(response, sent.token);
  if (fresh) {
    const user = { ...sent.user, mustChangePassword: fresh.claims.debe_cambiar_password };
    setState({ session: { token: fresh.token, user, expiresAt: expiryOf(fresh.claims) }, notice: '' });
  } else if (response.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) {
    setState({ session: null, notice: 'The server no longer accepts your session. Please sign in again.' });
  }
  return response;
}

function errorText({ message, extensions }: ResponseError): string {
  const seconds = extensions?.retryAfterSeconds;
  return seconds ? `${message} (${seconds} s)` : message;
}

function setState(next: State): void {
  state = next;
  writeItem('sessionStorage', STORAGE_KEY, next.session && JSON.stringify(next.session));
  watchExpiry();
  for (const listener of listeners) listener();
}

function restore(): void {
  const stored = readItem('sessionStorage', STORAGE_KEY);
  if (!stored) return;
  try {
    setState({ session: JSON.parse(stored) as Session, notice: '' });
  } catch {
    writeItem('sessionStorage', STORAGE_KEY, null);
  }
}

function watchExpiry(): void {
  clearTimeout(timer);
  if (!state.session) return;
  const left = state.session.expiresAt - Date.now();
  if (!(left > 0)) setState({ session: null, notice: 'Your session has ended. Please sign in again.' });
  else timer = window.setTimeout(watchExpiry, Math.min(left, MAX_TIMER));
}

interface Token {
  token: string;
  claims: Claims;
}

/**
 * Returns the token that a changePassword of the same user returned, if any. An
 * alias can name any field "token", so values that are no token are skipped.
 */
function freshToken(response: GraphQLResponse, old: string): Token | undefined {
  const user = decodeClaims(old)?.sub;
  for (const payload of Object.values(response.data ?? {})) {
    const token = (payload as { token?: unknown } | null)?.token;
    const read = typeof token === 'string' && decodeClaims(token);
    if (read && read.sub === user) return { token, claims: read };
  }
  return undefined;
}

/** Returns when a new token expires. The lifetime counts from now, so the clocks need not agree. */
function expiryOf({ iat, exp }: Claims): number {
  return Date.now() + (exp - iat) * 1000;
}

interface Claims {
  sub: string;
  iat: number;
  exp: number;
  debe_cambiar_password: boolean;
}

/** Returns the claims of a token, null when it is malformed. */
function decodeClaims(token: string): Claims | null {
  const [, payload, signature] = token.split('.');
  if (!payload || !signature) return null;
  try {
    const read = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
    return typeof read.sub === 'string' && read.exp > read.iat ? read : null;
  } catch {
    return null;
  }
}
