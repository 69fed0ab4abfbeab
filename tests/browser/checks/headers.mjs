// The header set of every HTML answer that any check sees, refusals and forms' answers among them.
import { LIVE_SERVER, SERVER } from '../stage.mjs';

const EXACTLY = {
  'content-type': 'text/html; charset=utf-8',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
};
const PERMISSIONS = ['camera=()', 'geolocation=()', 'microphone=()', 'payment=()', 'usb=()'];
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
];
/** What only a page for everybody has: the rest may be kept by nobody. */
const FOR_EVERYBODY = [`${LIVE_SERVER}/`, `${LIVE_SERVER}/privacy`];

/** What is wrong with a response's headers; nothing, when it is no page of ours. */
export function complaintsAboutHeaders(response) {
  const url = new URL(response.url());
  const headers = response.headers();
  const isPage = (headers['content-type'] ?? '').startsWith('text/html');
  if (!isPage || ![SERVER, LIVE_SERVER].includes(url.origin)) return [];
  const what = `${response.request().method()} ${url.origin}${url.pathname} ${response.status()}`;
  const expected = { ...EXACTLY, 'cache-control': 'no-store', 'x-robots-tag': 'noindex' };
  if (FOR_EVERYBODY.includes(url.origin + url.pathname) && response.status() === 200) {
    Object.assign(expected, { 'cache-control': 'no-cache', 'x-robots-tag': undefined });
  }
  const complaints = Object.entries(expected)
    .filter(([name, value]) => headers[name] !== value)
    .map(([name, value]) => `${name} is ${headers[name]} and not ${value}`);
  const policy = (headers['content-security-policy'] ?? '').split(';').map((directive) => directive.trim());
  complaints.push(...POLICY.filter((directive) => !policy.includes(directive)).map((directive) => `the policy lacks ${directive}`));
  if (policy.some((directive) => /unsafe|form-action/.test(directive))) complaints.push(`the policy is ${policy.join('; ')}`);
  const permissions = headers['permissions-policy'] ?? '';
  complaints.push(...PERMISSIONS.filter((entry) => !permissions.includes(entry)).map((entry) => `permissions-policy lacks ${entry}`));
  // Clients open the consent page as a popup and need their opener.
  if (headers['cross-origin-opener-policy']) complaints.push('there is a cross-origin-opener-policy');
  return complaints.map((complaint) => `headers of ${what}: ${complaint}`);
}
