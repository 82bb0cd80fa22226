// One GraphQL request over HTTP.

import { getOperationAST, parse } from 'graphql';

export interface Params {
  query: string;
  operationName?: string | null | undefined;
  variables?: unknown;
}

export interface AnswerError {
  message: string;
  extensions?: { code?: string; retryAfterSeconds?: number };
}

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: AnswerError[];
}

/**
 * Sends one operation and returns what the server answered. It never throws:
 * a server that is away, or that answers something else, is an Answer with
 * one error that a person can read.
 */
export async function post(endpoint: string, params: Params, headers: Headers): Promise<Answer> {
  headers.set('Content-Type', 'application/json');
  headers.set('Accept', 'application/graphql-response+json, application/json');
  let response: Response;
  try {
    response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(params) });
  } catch {
    return failure('The server did not answer. Check that it is running and reachable, then try again.');
  }
  const answer: unknown = await response.json().catch(() => null);
  if (isAnswer(answer)) return answer;
  return failure(`The server answered with status ${response.status} and no GraphQL result.`);
}

/**
 * Names the document's only operation. GraphiQL learns a name a moment after
 * the text has changed, so who runs at once would send the one before.
 */
export function named(params: Params): Params {
  try {
    const only = getOperationAST(parse(params.query));
    return only ? { ...params, operationName: only.name?.value } : params;
  } catch {
    return params; // the server tells what is wrong with the text
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

function failure(message: string): Answer {
  return { errors: [{ message }] };
}
