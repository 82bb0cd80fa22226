// Tests of the playground in a browser. browser_test.go starts the server and runs
// this file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import {
  admin, alert, baseURL, checkAccessibility, editor, execute, hasFocus, maxWait, newPage, open, operator, other, query, replaceOperation,
  response, run, screenshot, signIn, status, storedSession, submitPassword, watchProblems,
} from './page.js';

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-quic', '--disable-gpu'] });
});
after(() => browser?.close());

test('an administrator signs in, reads the own profile and signs out', async (t) => {
  const page = await open(t, browser);
  await run(page, 'MyProfile');
  await response(page, '"code": "UNAUTHENTICATED"').waitFor();

  const before = new Date();
  await signIn(page, admin);
  for (const text of ['Admin', 'Casa Azul']) await status(page).getByText(text, { exact: true }).waitFor();
  const ends = new Date(await page.locator('time').getAttribute('datetime'));
  const inAnHour = ends - Date.now();
  assert.ok(inAnHour > 59 * 60_000 && inAnHour <= 60 * 60_000, `the session ends in ${inAnHour} ms`);
  // When the session ends on the next day, the page shows the date.
  const shown = await status(page).getByText(/^until /).innerText();
  const forms = [before, new Date()].map((now) => (
    ends.toDateString() === now.toDateString() ? /^until \d{1,2}:\d\d/ : /^until \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d/));
  assert.ok(forms.some((form) => form.test(shown)), shown);
  await run(page, 'MyProfile');
  await response(page, `"email": "${admin.email}"`).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await run(page, 'MyProfile');
  await response(page, '"code": "UNAUTHENTICATED"').waitFor();
});

test('an operator cannot run an administrator mutation', async (t) => {
  const page = await open(t, browser);
  await page.getByRole('button', { name: operator.label }).click();
  await status(page).getByText('Operator', { exact: true }).waitFor();
  // version and updatedAt change with every save.
  const connection = () => query(page, '{ me { company { integrations { pms { configured provider updatedAt version } } } } }');
  const before = await connection();
  await run(page, 'ConnectPms');
  await response(page, '"code": "FORBIDDEN"').waitFor();
  assert.deepEqual(await connection(), before);
  await page.getByRole('button', { name: 'Sign out' }).click();

  await page.getByRole('button', { name: admin.label }).click();
  await status(page).getByText('Admin', { exact: true }).waitFor();
  await run(page, 'ConnectPms');
  await response(page, '"provider": "SMOOBU"').waitFor();
  await run(page, 'MyProfile');
  await response(page, '"provider": "SMOOBU"').waitFor();
  assert.notDeepEqual(await connection(), before);
});

test('every example runs unchanged for an administrator', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  for (const [tab, result] of [
    ['MyProfile', '"role": "ADMIN"'],
    ['ConnectPms', '"userErrors": []'],
    ['ChangeAiModel', '"userErrors": []'],
    ['LateCheckIn', '"userErrors": []'],
  ]) {
    await run(page, tab);
    await response(page, result).waitFor();
    assert.equal(await response(page, '"errors"').count(), 0, tab);
  }
});

test('a wrong password shows a message, and the next attempt can succeed', async (t) => {
  const page = await open(t, browser);
  await submitPassword(page, admin.email, 'not-the-password');
  await alert(page).waitFor();
  assert.match(await alert(page).innerText(), /password/i);
  await hasFocus(page, page.getByRole('button', { name: 'Sign in', exact: true }));
  await screenshot(page, 'wrong-password');
  await signIn(page, admin);
  assert.equal(await alert(page).count(), 0);
});

test('the focus follows a sign-in or sign-out with the keyboard', async (t) => {
  const page = await open(t, browser);
  await page.getByLabel('E-mail').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.keyboard.press('Enter');
  await status(page).getByText(admin.email).waitFor();
  await hasFocus(page, status(page));
  await page.keyboard.press('Tab');
  await hasFocus(page, page.getByRole('button', { name: 'Sign out' }));
  await page.keyboard.press('Enter');
  await page.getByText('Not signed in').waitFor();
  await hasFocus(page, page.getByLabel('E-mail'));
  await tabTo(page, page.getByRole('button', { name: operator.label }));
  await page.keyboard.press('Enter');
  await status(page).getByText(operator.email).waitFor();
  await hasFocus(page, status(page));
});

test('the token is stored in this tab only, and a reload keeps it', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await page.reload();
  await status(page).getByText(admin.email).waitFor();
  await run(page, 'MyProfile');
  await response(page, `"email": "${admin.email}"`).waitFor();

  const { token } = await storedSession(page);
  assert.equal(page.url(), `${baseURL}/playground`);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
  assert.deepEqual(await page.context().cookies(), []);
  const holders = await page.evaluate((secret) => Object.keys(sessionStorage).filter((key) => sessionStorage[key].includes(secret)), token);
  assert.deepEqual(holders, ['stay-sidekick:session']);

  const another = await page.context().newPage();
  await another.goto(`${baseURL}/playground`);
  await another.getByText('Not signed in').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  assert.equal(await storedSession(page), null);
});

test('text typed into the editors and the form is not stored in localStorage', async (t) => {
  const page = await open(t, browser);
  await page.getByRole('button', { name: 'ConnectPms', exact: true }).click();
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-line').first().click();
  await page.keyboard.insertText('{"Authorization": "Bearer typed-by-hand"}');
  await page.locator('.graphiql-editor-tool .view-line', { hasText: 'typed-by-hand' }).waitFor();
  await submitPassword(page, admin.email, 'typed-password');
  await alert(page).waitFor();
  await page.waitForTimeout(1000); // GraphiQL stores what is typed after half a second
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  assert.ok(!stored.includes('typed-by-hand') && !stored.includes('typed-password'), stored);
});

test('an expired or rejected session asks the user to sign in again', async (t) => {
  const page = await open(t, browser, { prepare: (page) => page.clock.install() });
  await signIn(page, admin);
  await page.reload();
  await status(page).getByText(admin.email).waitFor();
  await page.clock.fastForward('01:00:00');
  await page.getByText('Your session has ended. Please sign in again.').waitFor();

  await signIn(page, admin);
  await rejectSession(page);
  await screenshot(page, 'session-ended');
});

test('after a password change the session continues with the fresh token', async (t) => {
  const page = await open(t, browser);
  await signIn(page, other);
  const before = await storedSession(page);
  await replaceOperation(page, `mutation { changed: changePassword(input: {currentPassword: "${other.password}", newPassword: "Fresh-Horse-22"}) { token userErrors { message } } }`);
  await execute(page);
  await response(page, '"userErrors": []').waitFor();
  const now = await storedSession(page);
  assert.notEqual(now.token, before.token);
  assert.equal(now.user.email, other.email);
  await replaceOperation(page, 'query Me { me { email } }');
  await execute(page);
  await response(page, `"email": "${other.email}"`).waitFor();
});

test('a request sent directly after an edit has the edited operation', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await replaceOperation(page, 'query Another { me { role } }');
  // Without Playwright's checks, which would give the page time to update the operation name.
  await page.evaluate(() => document.querySelector('.graphiql-execute-button').click());
  await response(page, '"role": "ADMIN"').waitFor();
});

test('a field with the alias "token" does not replace the session', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  const before = await storedSession(page);
  await replaceOperation(page, 'query Me { me { token: email } }');
  await execute(page);
  await response(page, `"token": "${admin.email}"`).waitFor();
  assert.deepEqual(await storedSession(page), before);
});

test('without browser storage the page works until it is closed', async (t) => {
  const page = await open(t, browser, {
    prepare: (page) => page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get() { throw new DOMException('Access is denied.', 'SecurityError'); } });
      }
    }),
  });
  await page.getByLabel('Theme').selectOption('Dark theme');
  await page.locator('body.graphiql-dark').waitFor();
  await signIn(page, admin);
  await run(page, 'MyProfile');
  await response(page, `"email": "${admin.email}"`).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Not signed in').waitFor();
});

test('with introspection off the page offers no schema and shows the reason', async (t) => {
  const operations = [];
  const page = await open(t, browser, {
    prepare: async (page) => {
      page.on('request', (request) => operations.push(request.postDataJSON()?.operationName));
      await page.route('**/config.json', (route) => route.fulfill({ json: { endpoint: '/graphql', introspection: false } }));
    },
  });
  await page.getByText('Introspection is off on this server').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Schema' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Show Documentation Explorer' }).count(), 0);
  await signIn(page, admin);
  await run(page, 'MyProfile');
  await response(page, `"email": "${admin.email}"`).waitFor();
  assert.ok(operations.includes('MyProfile') && !operations.includes('IntrospectionQuery'), operations.join());
  await checkAccessibility(page, 'introspection off');
  await screenshot(page, 'introspection-off');
});

test('an unavailable server shows a message', async (t) => {
  const page = await open(t, browser);
  await page.route('**/graphql', (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }));
  page.removeAllListeners('console'); // the browser logs the status
  await submitPassword(page, admin.email, admin.password);
  await page.getByText('The server responded with status 502 and no GraphQL result.').waitFor();
  await page.unroute('**/graphql');
  await page.route('**/graphql', (route) => route.abort());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The server did not respond.').waitFor();
});

test('errors of a worker are detected', async () => {
  const page = await newPage(browser);
  const problems = watchProblems(page);
  await page.route('**/*worker*.js', (route) => route.fulfill({
    contentType: 'text/javascript', body: 'console.error("from a worker"); throw new Error("thrown in a worker");',
  }));
  await page.goto(`${baseURL}/playground`);
  await editor(page).waitFor();
  const deadline = Date.now() + maxWait;
  for (const text of ['from a worker', 'thrown in a worker']) {
    const detected = () => problems.some((problem) => problem.includes(text));
    while (!detected() && Date.now() < deadline) await page.waitForTimeout(100);
    assert.ok(detected(), text);
  }
  await page.context().close();
});

test('the documentation explorer shows the descriptions of the schema', async (t) => {
  const page = await open(t, browser);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.locator('.graphiql-doc-explorer');
  await docs.getByRole('link', { name: 'Mutation', exact: true }).click();
  await docs.getByRole('link', { name: 'setPmsIntegration', exact: true }).click();
  await docs.locator('.graphiql-markdown-description').first().waitFor();
  await docs.getByRole('link', { name: 'SetPmsIntegrationInput', exact: true }).waitFor();
});

test('a user can sign in and run an operation with the keyboard alone', async (t) => {
  const page = await open(t, browser);
  await tabTo(page, page.getByLabel('E-mail'));
  await page.keyboard.type(operator.email);
  await tabTo(page, page.getByLabel('Password'));
  await page.keyboard.type(operator.password);
  await page.keyboard.press('Enter');
  await status(page).getByText(operator.email).waitFor();
  await tabTo(page, page.getByRole('button', { name: /Execute query/ }));
  await page.keyboard.press('Enter');
  await response(page, `"email": "${operator.email}"`).waitFor();
});

test('the keyboard alone is enough to enter an editor, write, run and leave', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await page.getByText('Enter enters an editor, Esc leaves it.').waitFor();
  const box = (name) => page.getByRole('group', { name: `${name} editor: press Enter to edit` });
  const inside = (name) => page.getByRole('textbox', { name: `${name}: press Escape to leave` });
  await tabTo(page, box('Operation'));
  await page.keyboard.press('Enter');
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('query Name { me { company { name');
  await page.keyboard.press('Tab'); // completes or indents
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText('query Name { me { company { name } } }');
  await page.keyboard.press('ControlOrMeta+Enter');
  await response(page, '"name": "Casa Azul"').waitFor();
  await page.locator('[aria-live]').getByText('Response received').waitFor();

  await page.keyboard.press('F1'); // Escape first closes a widget of the editor
  await hasFocus(page, page.getByRole('combobox'));
  await page.keyboard.press('Escape');
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('Escape');
  await hasFocus(page, box('Operation'));
  await page.keyboard.press('Tab');
  await hasFocus(page, page.getByRole('button', { name: /Execute query/ }));

  for (const name of ['Variables', 'Response']) {
    await tabTo(page, box(name));
    await page.keyboard.press('Enter');
    await hasFocus(page, inside(name));
    await page.keyboard.press('Escape');
    await hasFocus(page, box(name));
  }
});

test('a screen reader announces each response and its errors', async (t) => {
  const page = await open(t, browser);
  await page.evaluate(() => {
    window.announced = [];
    const region = document.querySelector('p[aria-live=polite]');
    new MutationObserver(() => region.textContent && window.announced.push(region.textContent))
      .observe(region, { childList: true, characterData: true, subtree: true });
  });
  await run(page, 'MyProfile');
  await response(page, '"code": "UNAUTHENTICATED"').waitFor();
  await signIn(page, admin);
  for (const times of [2, 3]) {
    await run(page, 'MyProfile');
    await page.waitForFunction((times) => window.announced.length === times, times);
  }
  const [refused, ...others] = await page.evaluate(() => window.announced);
  assert.match(refused, /^Response with errors: .*sign in/i);
  assert.deepEqual(others, ['Response received', 'Response received']);
});

const focused = async (page, element) => await element.and(page.locator(':focus')).count() === 1;

/** Presses the tab key until the element has the focus. */
async function tabTo(page, element) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if (await focused(page, element)) return;
  }
  assert.fail(`the tab key does not reach ${element}`);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds no serious problem with the ${colorScheme} system theme`, async (t) => {
    const page = await open(t, browser, { colorScheme });
    await page.locator(`body.graphiql-${colorScheme}`).waitFor();
    await checkAccessibility(page, 'signed out');
    await screenshot(page, `signed-out-${colorScheme}`);
    await submitPassword(page, admin.email, 'not-the-password');
    await alert(page).waitFor();
    await checkAccessibility(page, 'wrong password');
    await signIn(page, admin);
    await run(page, 'LateCheckIn');
    await response(page, '"userErrors": []').waitFor();
    await checkAccessibility(page, 'signed in');
    await screenshot(page, `signed-in-${colorScheme}`);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Mutation', exact: true }).click();
    await checkAccessibility(page, 'documentation');
    await screenshot(page, `documentation-${colorScheme}`);
    for (const dialog of ['Open settings dialog', 'Open short keys dialog']) {
      await page.getByRole('button', { name: dialog }).click();
      await page.getByRole('dialog').waitFor();
      await checkAccessibility(page, dialog);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Headers' }).click();
    await checkAccessibility(page, 'headers');
    await rejectSession(page);
    await checkAccessibility(page, 'session ended');
    await page.setViewportSize({ width: 390, height: 844 });
    await checkAccessibility(page, 'on a phone');
  });
}

/** Reloads with a token that the server rejects. */
async function rejectSession(page) {
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('stay-sidekick:session'));
    sessionStorage.setItem('stay-sidekick:session', JSON.stringify({ ...session, token: `${session.token}x` }));
  });
  await page.reload();
  await run(page, 'MyProfile');
  await page.getByText('The server no longer accepts your session.').waitFor();
}

test('on a phone the response is below the editor, and both are readable', async (t) => {
  const width = 390;
  const page = await open(t, browser, { viewport: { width, height: 844 } });
  await signIn(page, admin);
  await run(page, 'MyProfile');
  await response(page, '"role": "ADMIN"').waitFor();
  const result = await page.locator('.result-window').boundingBox();
  const operation = await page.locator('.graphiql-query-editor').boundingBox();
  assert.ok(result.width > width / 2 && result.y >= operation.y + operation.height, JSON.stringify({ result, operation }));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'the page scrolls horizontally');
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const documentation = await page.locator('.graphiql-doc-explorer').boundingBox();
  assert.ok(documentation.width > width / 2, `the documentation is ${documentation.width} wide`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'the page scrolls horizontally');
  await screenshot(page, 'phone');
});

test('the chosen theme overrides the system theme and survives a reload', async (t) => {
  const page = await open(t, browser);
  await page.getByLabel('Theme').selectOption('Dark theme');
  await page.locator('body.graphiql-dark').waitFor();
  await page.reload();
  await editor(page).waitFor();
  await page.locator('body.graphiql-dark').waitFor();
});

test('the licences of the bundled packages are served', async (t) => {
  const page = await open(t, browser);
  const link = await page.getByRole('link', { name: 'Licences' }).getAttribute('href');
  const licences = await (await page.request.get(`${baseURL}${link}`)).text();
  // picomatch-browser is only in a worker; marked is vendored by the editor.
  for (const name of ['graphiql 5', 'monaco-editor 0', 'react 19', 'MarkedJS', 'picomatch-browser 2']) {
    assert.ok(licences.includes(name), name);
  }
});
