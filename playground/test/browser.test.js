// The playground as a person meets it. browser_test.go starts the server and
// runs this file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import {
  admin, answer, ask, baseURL, checkAccessibility, editor, execute, hasFocus, newPage, open, operator, other, patience, picture, run,
  signIn, status, storedSession, told, typePassword, watch, write,
} from './page.js';

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-quic', '--disable-gpu'] });
});
after(() => browser?.close());

test('an administrator signs in, reads the own profile and signs out', async (t) => {
  const page = await open(t, browser);
  await run(page, 'MyProfile');
  await answer(page, '"code": "UNAUTHENTICATED"').waitFor();

  const before = new Date();
  await signIn(page, admin);
  for (const text of ['Admin', 'Casa Azul']) await status(page).getByText(text, { exact: true }).waitFor();
  const ends = new Date(await page.locator('time').getAttribute('datetime'));
  const inAnHour = ends - Date.now();
  assert.ok(inAnHour > 59 * 60_000 && inAnHour <= 60 * 60_000, `the session ends in ${inAnHour} ms`);
  // In the last hour of a day the session ends on the next one, and says so.
  const shown = await status(page).getByText(/^until /).innerText();
  const forms = [before, new Date()].map((now) => (
    ends.toDateString() === now.toDateString() ? /^until \d{1,2}:\d\d/ : /^until \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d/));
  assert.ok(forms.some((form) => form.test(shown)), shown);
  await run(page, 'MyProfile');
  await answer(page, `"email": "${admin.email}"`).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await run(page, 'MyProfile');
  await answer(page, '"code": "UNAUTHENTICATED"').waitFor();
});

test('an operator is refused what an administrator may change', async (t) => {
  const page = await open(t, browser);
  await page.getByRole('button', { name: operator.label }).click();
  await status(page).getByText('Operator', { exact: true }).waitFor();
  // Its version and its time change with every save.
  const connection = () => ask(page, '{ me { company { integrations { pms { configured provider updatedAt version } } } } }');
  const before = await connection();
  await run(page, 'ConnectPms');
  await answer(page, '"code": "FORBIDDEN"').waitFor();
  assert.deepEqual(await connection(), before);
  await page.getByRole('button', { name: 'Sign out' }).click();

  await page.getByRole('button', { name: admin.label }).click();
  await status(page).getByText('Admin', { exact: true }).waitFor();
  await run(page, 'ConnectPms');
  await answer(page, '"provider": "SMOOBU"').waitFor();
  await run(page, 'MyProfile');
  await answer(page, '"provider": "SMOOBU"').waitFor();
  assert.notDeepEqual(await connection(), before);
});

test('every example works for an administrator as it stands', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  for (const [tab, result] of [
    ['MyProfile', '"role": "ADMIN"'],
    ['ConnectPms', '"userErrors": []'],
    ['ChangeAiModel', '"userErrors": []'],
    ['LateCheckIn', '"userErrors": []'],
  ]) {
    await run(page, tab);
    await answer(page, result).waitFor();
    assert.equal(await answer(page, '"errors"').count(), 0, tab);
  }
});

test('a wrong password is told kindly, and the next try may be right', async (t) => {
  const page = await open(t, browser);
  await typePassword(page, admin.email, 'not-the-password');
  await told(page).waitFor();
  assert.match(await told(page).innerText(), /password/i);
  await hasFocus(page, page.getByRole('button', { name: 'Sign in', exact: true }));
  await picture(page, 'wrong-password');
  await signIn(page, admin);
  assert.equal(await told(page).count(), 0);
});

test('who signs in or out with the keyboard goes on from there', async (t) => {
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

test('the token is in this tab and nowhere else, and a reload keeps it', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await page.reload();
  await status(page).getByText(admin.email).waitFor();
  await run(page, 'MyProfile');
  await answer(page, `"email": "${admin.email}"`).waitFor();

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

test('what is typed into the editors and the form never reaches localStorage', async (t) => {
  const page = await open(t, browser);
  await page.getByRole('button', { name: 'ConnectPms', exact: true }).click();
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-line').first().click();
  await page.keyboard.insertText('{"Authorization": "Bearer typed-by-hand"}');
  await page.locator('.graphiql-editor-tool .view-line', { hasText: 'typed-by-hand' }).waitFor();
  await typePassword(page, admin.email, 'typed-password');
  await told(page).waitFor();
  await page.waitForTimeout(1000); // GraphiQL stores what is typed after half a second
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  assert.ok(!stored.includes('typed-by-hand') && !stored.includes('typed-password'), stored);
});

test('a session that ended or is no longer accepted asks to sign in again', async (t) => {
  const page = await open(t, browser, { prepare: (page) => page.clock.install() });
  await signIn(page, admin);
  await page.reload();
  await status(page).getByText(admin.email).waitFor();
  await page.clock.fastForward('01:00:00');
  await page.getByText('Your session has ended. Please sign in again.').waitFor();

  await signIn(page, admin);
  await endSession(page);
  await picture(page, 'session-ended');
});

test('after a password change the session goes on with the fresh token', async (t) => {
  const page = await open(t, browser);
  await signIn(page, other);
  const before = await storedSession(page);
  await page.waitForTimeout(1100); // tokens of one second are alike
  await write(page, `mutation { changed: changePassword(input: {currentPassword: "${other.password}", newPassword: "Fresh-Horse-22"}) { token userErrors { message } } }`);
  await execute(page);
  await answer(page, '"userErrors": []').waitFor();
  const now = await storedSession(page);
  assert.notEqual(now.token, before.token);
  assert.equal(now.user.email, other.email);
  await write(page, 'query Me { me { email } }');
  await execute(page);
  await answer(page, `"email": "${other.email}"`).waitFor();
});

test('what is run at once is what was written last', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await write(page, 'query Another { me { role } }');
  // At once, without Playwright's checks, which give the page time to take notice of the text.
  await page.evaluate(() => document.querySelector('.graphiql-execute-button').click());
  await answer(page, '"role": "ADMIN"').waitFor();
});

test('what an operation calls a token does not become the session', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  const before = await storedSession(page);
  await write(page, 'query Me { me { token: email } }');
  await execute(page);
  await answer(page, `"token": "${admin.email}"`).waitFor();
  assert.deepEqual(await storedSession(page), before);
});

test('where the browser keeps nothing, the page works until it is closed', async (t) => {
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
  await answer(page, `"email": "${admin.email}"`).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Not signed in').waitFor();
});

test('with introspection off the page offers no schema, and says why', async (t) => {
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
  await answer(page, `"email": "${admin.email}"`).waitFor();
  assert.ok(operations.includes('MyProfile') && !operations.includes('IntrospectionQuery'), operations.join());
  await checkAccessibility(page, 'introspection off');
  await picture(page, 'introspection-off');
});

test('a server that is away is told kindly', async (t) => {
  const page = await open(t, browser);
  await page.route('**/graphql', (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }));
  page.removeAllListeners('console'); // the browser itself reports the status
  await typePassword(page, admin.email, admin.password);
  await page.getByText('The server answered with status 502 and no GraphQL result.').waitFor();
  await page.unroute('**/graphql');
  await page.route('**/graphql', (route) => route.abort());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The server did not answer.').waitFor();
});

test('a worker that complains is noticed', async () => {
  const page = await newPage(browser);
  const complaints = watch(page);
  await page.route('**/*worker*.js', (route) => route.fulfill({
    contentType: 'text/javascript', body: 'console.error("from a worker"); throw new Error("thrown in a worker");',
  }));
  await page.goto(`${baseURL}/playground`);
  await editor(page).waitFor();
  const deadline = Date.now() + patience;
  for (const text of ['from a worker', 'thrown in a worker']) {
    const noticed = () => complaints.some((told) => told.includes(text));
    while (!noticed() && Date.now() < deadline) await page.waitForTimeout(100);
    assert.ok(noticed(), text);
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

test('the keyboard alone is enough to sign in and run an operation', async (t) => {
  const page = await open(t, browser);
  await tabTo(page, page.getByLabel('E-mail'));
  await page.keyboard.type(operator.email);
  await tabTo(page, page.getByLabel('Password'));
  await page.keyboard.type(operator.password);
  await page.keyboard.press('Enter');
  await status(page).getByText(operator.email).waitFor();
  await tabTo(page, page.getByRole('button', { name: /Execute query/ }));
  await page.keyboard.press('Enter');
  await answer(page, `"email": "${operator.email}"`).waitFor();
});

test('the keyboard alone is enough to enter an editor, write, run and leave', async (t) => {
  const page = await open(t, browser);
  await signIn(page, admin);
  await page.getByText('Enter goes into an editor, Esc leaves it.').waitFor();
  const box = (name) => page.getByRole('group', { name: `${name} editor: press Enter to go in` });
  const inside = (name) => page.getByRole('textbox', { name: `${name}: press Escape to leave` });
  await tabTo(page, box('Operation'));
  await page.keyboard.press('Enter');
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('query Name { me { company { name');
  await page.keyboard.press('Tab'); // it completes or indents
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText('query Name { me { company { name } } }');
  await page.keyboard.press('ControlOrMeta+Enter');
  await answer(page, '"name": "Casa Azul"').waitFor();
  await page.locator('[aria-live]').getByText('Answer received').waitFor();

  await page.keyboard.press('F1'); // Escape first closes what is open in the editor
  await hasFocus(page, page.getByRole('combobox'));
  await page.keyboard.press('Escape');
  await hasFocus(page, inside('Operation'));
  await page.keyboard.press('Escape');
  await hasFocus(page, box('Operation'));
  await page.keyboard.press('Tab');
  await hasFocus(page, page.getByRole('button', { name: /Execute query/ }));

  for (const name of ['Variables', 'Answer']) {
    await tabTo(page, box(name));
    await page.keyboard.press('Enter');
    await hasFocus(page, inside(name));
    await page.keyboard.press('Escape');
    await hasFocus(page, box(name));
  }
});

test('a screen reader hears that an answer came, each time, and what is wrong with it', async (t) => {
  const page = await open(t, browser);
  await page.evaluate(() => {
    window.heard = [];
    const region = document.querySelector('p[aria-live=polite]');
    new MutationObserver(() => region.textContent && window.heard.push(region.textContent))
      .observe(region, { childList: true, characterData: true, subtree: true });
  });
  await run(page, 'MyProfile');
  await answer(page, '"code": "UNAUTHENTICATED"').waitFor();
  await signIn(page, admin);
  for (const times of [2, 3]) {
    await run(page, 'MyProfile');
    await page.waitForFunction((times) => window.heard.length === times, times);
  }
  const [refused, ...answers] = await page.evaluate(() => window.heard);
  assert.match(refused, /^Answer with errors: .*sign in/i);
  assert.deepEqual(answers, ['Answer received', 'Answer received']);
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
  test(`axe-core finds nothing serious when the system is ${colorScheme}`, async (t) => {
    const page = await open(t, browser, { colorScheme });
    await page.locator(`body.graphiql-${colorScheme}`).waitFor();
    await checkAccessibility(page, 'signed out');
    await picture(page, `signed-out-${colorScheme}`);
    await typePassword(page, admin.email, 'not-the-password');
    await told(page).waitFor();
    await checkAccessibility(page, 'wrong password');
    await signIn(page, admin);
    await run(page, 'LateCheckIn');
    await answer(page, '"userErrors": []').waitFor();
    await checkAccessibility(page, 'signed in');
    await picture(page, `signed-in-${colorScheme}`);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Mutation', exact: true }).click();
    await checkAccessibility(page, 'documentation');
    await picture(page, `documentation-${colorScheme}`);
    for (const dialog of ['Open settings dialog', 'Open short keys dialog']) {
      await page.getByRole('button', { name: dialog }).click();
      await page.getByRole('dialog').waitFor();
      await checkAccessibility(page, dialog);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Headers' }).click();
    await checkAccessibility(page, 'headers');
    await endSession(page);
    await checkAccessibility(page, 'session ended');
    await page.setViewportSize({ width: 390, height: 844 });
    await checkAccessibility(page, 'on a telephone');
  });
}

/** Reloads with a token that the server refuses. */
async function endSession(page) {
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('stay-sidekick:session'));
    sessionStorage.setItem('stay-sidekick:session', JSON.stringify({ ...session, token: `${session.token}x` }));
  });
  await page.reload();
  await run(page, 'MyProfile');
  await page.getByText('The server no longer accepts your session.').waitFor();
}

test('on a telephone the answer is below the editor, and both can be read', async (t) => {
  const width = 390;
  const page = await open(t, browser, { viewport: { width, height: 844 } });
  await signIn(page, admin);
  await run(page, 'MyProfile');
  await answer(page, '"role": "ADMIN"').waitFor();
  const shown = await page.locator('.result-window').boundingBox();
  const written = await page.locator('.graphiql-query-editor').boundingBox();
  assert.ok(shown.width > width / 2 && shown.y >= written.y + written.height, JSON.stringify({ shown, written }));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'it scrolls sideways');
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const documentation = await page.locator('.graphiql-doc-explorer').boundingBox();
  assert.ok(documentation.width > width / 2, `the documentation is ${documentation.width} wide`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'it scrolls sideways');
  await picture(page, 'telephone');
});

test('the chosen theme wins over the system and outlives a reload', async (t) => {
  const page = await open(t, browser);
  await page.getByLabel('Theme').selectOption('Dark theme');
  await page.locator('body.graphiql-dark').waitFor();
  await page.reload();
  await editor(page).waitFor();
  await page.locator('body.graphiql-dark').waitFor();
});

test('the licences of what is bundled can be read', async (t) => {
  const page = await open(t, browser);
  const link = await page.getByRole('link', { name: 'Licences' }).getAttribute('href');
  const licences = await (await page.request.get(`${baseURL}${link}`)).text();
  // The last one is only in a worker, and marked is a part of the editor.
  for (const name of ['graphiql 5', 'monaco-editor 0', 'react 19', 'MarkedJS', 'picomatch-browser 2']) {
    assert.ok(licences.includes(name), name);
  }
});
