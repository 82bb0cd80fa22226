// How the tests use the page: what a person would do, and what must never
// happen meanwhile.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const baseURL = process.env.PLAYGROUND_URL;
export const [admin, operator, other] = JSON.parse(process.env.PLAYGROUND_ACCOUNTS);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = process.env.PLAYGROUND_SCREENSHOTS;
if (screenshots) mkdirSync(screenshots, { recursive: true });

/** How long everything may take on a machine that is busy. */
export const patience = 180_000;

/** An empty page in a browser profile of its own. */
export async function newPage(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  return context.newPage();
}

/**
 * Opens the page in a browser profile of its own, closed when the test ends.
 * What prepare does to the page comes before.
 */
export async function open(t, browser, { colorScheme = 'light', viewport = { width: 1280, height: 800 }, prepare } = {}) {
  const page = await newPage(browser, { colorScheme, viewport });
  const complaints = watch(page);
  await prepare?.(page);
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });
  await page.goto(`${baseURL}/playground`);
  await editor(page).waitFor();
  return page;
}

/** Collects console errors, those of workers and refusals of the content policy among them, and requests to other origins. */
export function watch(page) {
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.context().on('request', (request) => {
    if (new URL(request.url()).origin !== baseURL) complaints.push(`foreign request: ${request.url()}`);
  });
  return complaints;
}

export const editor = (page) => page.locator('.graphiql-query-editor .view-line').first();

/** A line of the answer with the given text. */
export const answer = (page, text) => page.locator('.result-window .view-line', { hasText: text }).first();

/** The message in the form or above it, once there is one. */
export const told = (page) => page.getByRole('alert').filter({ hasText: /\w/ });

/** Fails unless the element has the focus, or soon gets it. */
export const hasFocus = (page, element) => element.and(page.locator(':focus')).waitFor();

export const status = (page) => page.getByRole('status');

export async function typePassword(page, email, password) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function signIn(page, account) {
  await typePassword(page, account.email, account.password);
  await status(page).getByText(account.email).waitFor();
}

export async function run(page, tab) {
  await editor(page).waitFor(); // without it GraphiQL runs nothing, and says nothing
  await page.getByRole('button', { name: tab, exact: true }).click();
  await execute(page);
}

export async function execute(page) {
  await page.getByRole('button', { name: /Execute query/ }).click();
}

/** Sends an operation as the person who is signed in, past the editors. */
export async function ask(page, query) {
  const { token } = await storedSession(page);
  const response = await page.request.post(`${baseURL}/graphql`, { data: { query }, headers: { Authorization: `Bearer ${token}` } });
  return (await response.json()).data;
}

/** Replaces what is in the operation editor. It would close a bracket that comes first. */
export async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

export function storedSession(page) {
  return page.evaluate(() => JSON.parse(sessionStorage.getItem('stay-sidekick:session')));
}

/** Fails on what axe-core calls serious or critical. */
export async function checkAccessibility(page, what) {
  // The inspector evaluates this, so the page's content policy needs no exception.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
  assert.deepEqual(grave, [], what);
}

/** Keeps a picture for people when PLAYGROUND_SCREENSHOTS names a folder. */
export async function picture(page, name) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
