// The person at the consent page, for the drivers: fetches the page that a client sends its user to, reads the
// form as a browser would, and answers it. Knows HTML forms and cookies; knows nothing of any SDK.
//
// The page's contract: one <form method="post"> with hidden inputs and a cookie; fields `api_key` and
// `decision` (approve, check or deny); the answer to an approval is a 303 to the client's redirect URI
// (RFC 9700 section 4.12 is why it is 303).

/** Approves at `authorizeUrl`. Returns the URL that the browser would be sent to, which carries what a client needs. */
export async function approve(authorizeUrl, apiKey) {
  const { origin, searchParams: asked } = new URL(authorizeUrl);
  const redirect = await answerConsent(authorizeUrl, apiKey);
  const { code, state, iss, error } = Object.fromEntries(redirect.searchParams);
  if (error || !code) throw new Error(`the redirect carries no code: ${error}`);
  if (state !== asked.get('state')) throw new Error('the redirect carries another state than the request');
  if (iss !== origin) throw new Error(`the redirect names the issuer ${iss} (RFC 9207)`);
  return redirect;
}

/**
 * Opens `authorizeUrl`, types `apiKey`, presses the button named by `decision`.
 * Returns the URL that the browser would be sent to: the client's redirect URI with `code`, `state`, `iss`.
 */
export async function answerConsent(authorizeUrl, apiKey, decision = 'approve') {
  const page = await fetch(authorizeUrl, { redirect: 'manual', headers: { accept: 'text/html' } });
  const html = await page.text();
  if (page.status !== 200) {
    throw new Error(`the consent page answered ${page.status}: ${visibleText(html).slice(0, 300)}`);
  }
  const form = parseForm(html);
  const action = new URL(form.action ?? '', page.url || authorizeUrl);
  const answer = await fetch(action, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      cookie: cookieHeader(page.headers.getSetCookie()),
      origin: new URL(page.url || authorizeUrl).origin,
    },
    body: new URLSearchParams([...form.hidden, ['api_key', apiKey], ['decision', decision]]).toString(),
  });
  const location = answer.headers.get('location');
  if (answer.status !== 303 || location === null) {
    const text = visibleText(await answer.text()).slice(0, 300);
    throw new Error(`the consent form answered ${answer.status}, not a 303 with Location: ${text}`);
  }
  return new URL(location, action);
}

/** The page's one POST form: its `action` (null when absent) and its hidden inputs as name-value pairs, in order. */
export function parseForm(html) {
  const forms = elements(html, 'form').filter((form) => form.attributes.method?.toLowerCase() === 'post');
  if (forms.length !== 1) {
    throw new Error(`expected one <form method="post"> on the consent page, found ${forms.length}`);
  }
  const [form] = forms;
  const end = html.toLowerCase().indexOf('</form', form.end);
  const inside = html.slice(form.end, end === -1 ? html.length : end);
  const hidden = elements(inside, 'input')
    .filter(({ attributes }) => attributes.type?.toLowerCase() === 'hidden' && attributes.name)
    .map(({ attributes }) => [attributes.name, attributes.value ?? '']);
  return { action: form.attributes.action ?? null, hidden };
}

/** The `Cookie` header for the `Set-Cookie` lines of the page just loaded. */
export function cookieHeader(setCookieLines) {
  return setCookieLines.map((line) => line.split(';', 1)[0].trim()).join('; ');
}

/** Every start tag `name` of `html`, comments left out: where it ends, and its attributes. */
function elements(html, name) {
  const blanked = html.replace(/<!--[\s\S]*?-->/g, (comment) => ' '.repeat(comment.length));
  const tag = new RegExp(`<${name}(?=[\\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>`, 'gi');
  return [...blanked.matchAll(tag)].map((match) => ({
    end: match.index + match[0].length,
    attributes: attributes(match[1]),
  }));
}

function attributes(text) {
  const found = {};
  for (const [, name, double, single, bare] of text.matchAll(
    /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    found[name.toLowerCase()] ??= unescapeHtml(double ?? single ?? bare ?? '');
  }
  return found;
}

const NAMED_ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeHtml(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return NAMED_ENTITIES[name.toLowerCase()] ?? whole;
  });
}

/** What a person would read of `html`, for error messages. */
function visibleText(html) {
  const body = html.replace(/<(head|style|script)[\s>][\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return unescapeHtml(body).replace(/\s+/g, ' ').trim();
}
