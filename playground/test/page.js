// Helpers that act on the page as a user does, and watch for problems.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const baseURL = process.env.PLAYGROUND_URL;
export const [admin, operator, other] = JSON.parse(process.env.PLAYGROUND_ACCOUNTS);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshotFolder = process.env.PLAYGROUND_SCREENSHOTS;
if (screenshotFolder) mkdirSync(screenshotFolder, { recursive: true });

/** The longest wait for anything, sufficient on a busy machine. */
export const maxWait = 180_000;

/** Returns an empty page in its own browser profile. */
export async function newPage(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(maxWait);
  return context.newPage();
}

/**
 * Opens the page in its own browser profile, which is closed when the test ends.
 * prepare is called before the page loads. The test fails when watchProblems finds
 * any problem.
 */
export async function open(t, browser, { colorScheme = 'light', viewport = { width: 1280, height: 800 }, prepare } = {}) {
  const page = await newPage(browser, { colorScheme, viewport });
  const problems = watchProblems(page);
  await prepare?.(page);
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(problems, []);
  });
  await page.goto(`${baseURL}/playground`);
  await editor(page).waitFor();
  return page;
}

/** Collects requests to other origins and console errors, also those of workers and of the content policy. */
export function watchProblems(page) {
  const problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.context().on('request', (request) => {
    if (new URL(request.url()).origin !== baseURL) problems.push(`foreign request: ${request.url()}`);
  });
  return problems;
}

export const editor = (page) => page.locator('.graphiql-query-editor .view-line').first();

/** Returns the first line of the response with the given text. */
export const response = (page, text) => page.locator('.result-window .view-line', { hasText: text }).first();

/** Returns the error message in the form or above it. */
export const alert = (page) => page.getByRole('alert').filter({ hasText: /\w/ });

/** Waits until the element has the focus. */
export const hasFocus = (page, element) => element.and(page.locator(':focus')).waitFor();

export const status = (page) => page.getByRole('status');

export async function submitPassword(page, email, password) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export async function signIn(page, account) {
  await submitPassword(page, account.email, account.password);
  await status(page).getByText(account.email).waitFor();
}

export async function run(page, tab) {
  await editor(page).waitFor(); // without the editor GraphiQL runs nothing
  await page.getByRole('button', { name: tab, exact: true }).click();
  await execute(page);
}

export async function execute(page) {
  await page.getByRole('button', { name: /Execute query/ }).click();
}

/** Sends an operation with the token of the session, without the editors. */
export async function query(page, text) {
  const { token } = await storedSession(page);
  const response = await page.request.post(`${baseURL}/graphql`, { data: { query: text }, headers: { Authorization: `Bearer ${token}` } });
  return (await response.json()).data;
}

/** Replaces the text of the operation editor. A leading bracket would be closed automatically. */
export async function replaceOperation(page, text) {
  await editor(page).click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

export function storedSession(page) {
  return page.evaluate(() => JSON.parse(sessionStorage.getItem('stay-sidekick:session')));
}

/** Fails on problems that axe-core rates serious or critical. */
export async function checkAccessibility(page, what) {
  // evaluate runs outside of the page's content policy.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
  assert.deepEqual(serious, [], what);
}

/** Saves a screenshot when PLAYGROUND_SCREENSHOTS names a folder. */
export async function screenshot(page, name) {
  if (screenshotFolder) await page.screenshot({ path: join(screenshotFolder, `${name}.png`) });
}
