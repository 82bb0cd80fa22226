// Sends GraphQL requests over HTTP.

import { getOperationAST, parse } from 'graphql';

export interface Params {
  query: string;
  operationName?: string | null | undefined;
  variables?: unknown;
}

export interface ResponseError {
  message: string;
  extensions?: { code?: string; retryAfterSeconds?: number };
}

export interface GraphQLResponse {
  data?: Record<string, unknown> | null;
  errors?: ResponseError[];
}

/**
 * Sends one operation and returns the response. It never throws: when the server
 * is unavailable or its response is not GraphQL, it returns one error with a
 * message for the user.
 */
export async function post(endpoint: string, params: Params, headers: Headers): Promise<GraphQLResponse> {
  headers.set('Content-Type', 'application/json');
  headers.set('Accept', 'application/graphql-response+json, application/json');
  let response: Response;
  try {
    response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(params) });
  } catch {
    return failure('The server did not respond. Check that it is running and reachable, then try again.');
  }
  const body: unknown = await response.json().catch(() => null);
  if (isGraphQLResponse(body)) return body;
  return failure(`The server responded with status ${response.status} and no GraphQL result.`);
}

/**
 * Sets operationName to that of the document's only operation. GraphiQL updates
 * the name with a delay, so a request directly after a change of the text would
 * have the old name.
 */
export function withOperationName(params: Params): Params {
  try {
    const only = getOperationAST(parse(params.query));
    return only ? { ...params, operationName: only.name?.value } : params;
  } catch {
    return params; // the server reports the error
  }
}

function isGraphQLResponse(value: unknown): value is GraphQLResponse {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

function failure(message: string): GraphQLResponse {
  return { errors: [{ message }] };
}
