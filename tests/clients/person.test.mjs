// Unit tests of the consent form reader (`node --test`).
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { answerConsent, cookieHeader, parseForm } from './person.mjs';

const PAGE = `<!doctype html><head><title>t</title></head>
<!-- <form method="post"><input type="hidden" name="ghost" value="1"></form> -->
<form action='/search'><input type=hidden name=q value=1></form>
<FORM class="card" METHOD=post
      action="/authorize?a=1&amp;b=2">
  <input type="hidden" name="transaction" value="a&#x2b;b&#47;c&quot;d&gt;e">
  <input name='csrf' value='it&apos;s' type='hidden'/>
  <input type=hidden name=empty>
  <input type="password" name="api_key" autocomplete="off">
  <button name="decision" value="approve">Approve</button>
</form><input type="hidden" name="outside" value="x">`;

test('the POST form is read as a browser reads it', () => {
  assert.deepEqual(parseForm(PAGE), {
    action: '/authorize?a=1&b=2',
    hidden: [
      ['transaction', 'a+b/c"d>e'],
      ['csrf', "it's"],
      ['empty', ''],
    ],
  });
});

test('a page without exactly one POST form is refused', () => {
  assert.throws(() => parseForm('<p>signed out</p>'), /found 0/);
  assert.throws(() => parseForm('<form method=post></form><form method=post></form>'), /found 2/);
});

test('cookies are sent back without their attributes', () => {
  assert.equal(cookieHeader(['a=1; Path=/; HttpOnly', '__Host-b=x=y; Secure']), 'a=1; __Host-b=x=y');
});

/** Serves `PAGE`, hands each POST to `respond`, and returns what `answerConsent` made of it. */
async function consentAgainst(respond) {
  let seen;
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('set-cookie', ['tx=abc; Path=/; HttpOnly; SameSite=Strict']);
      response.end(PAGE);
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    seen = { url: request.url, headers: request.headers, body: new URLSearchParams(body) };
    respond(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  try {
    return { origin, outcome: await answerConsent(`${origin}/authorize?x=1`, 'key'), seen: () => seen };
  } finally {
    server.close();
  }
}

test('an approval posts every field with cookie and origin, and returns the redirect', async () => {
  const { origin, outcome, seen } = await consentAgainst((response) => {
    response.writeHead(303, { location: 'http://127.0.0.1:1/callback?code=c&state=s' }).end();
  });
  assert.equal(outcome.href, 'http://127.0.0.1:1/callback?code=c&state=s');
  assert.equal(seen().url, '/authorize?a=1&b=2');
  assert.equal(seen().headers.cookie, 'tx=abc');
  assert.equal(seen().headers.origin, origin);
  assert.deepEqual(Object.fromEntries(seen().body), {
    transaction: 'a+b/c"d>e',
    csrf: "it's",
    empty: '',
    api_key: 'key',
    decision: 'approve',
  });
});

test('a refusal surfaces what the page says', async () => {
  const refused = consentAgainst((response) => {
    response.writeHead(422).end('<h1>That key was not accepted</h1>');
  });
  await assert.rejects(refused, /422.*That key was not accepted/);
});
