// The OAuth client provider of both TypeScript drivers: keeps registration and tokens, in memory or in a file, and, where a
// desktop client would open a browser, has the person answer the consent page at once.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { approve } from './person.mjs';

/** An access token that the server cannot know. */
export const SPOILED = 'expired';
/** How often the person consents: at the login, and once more after the connection was revoked. */
const CONSENTS = 2;

export class PersonProvider {
  #apiKey;
  #file;
  #client;
  #tokens;
  #verifier;
  #discovery;

  /** `callback` is set by each authorization: the redirect URI's query, with `code`, `state`, `iss`. */
  callback;
  /** How often the person has consented. */
  consents = 0;

  /**
   * `credentials` names a file in which registration and tokens are kept from one run to the next; `clientMetadataUrl` is
   * the client's id where it is a metadata document.
   */
  constructor(apiKey, clientName, { credentials, clientMetadataUrl } = {}) {
    this.#apiKey = apiKey;
    this.#file = credentials;
    if (credentials && existsSync(credentials)) {
      ({ client: this.#client, tokens: this.#tokens } = JSON.parse(readFileSync(credentials, 'utf8')));
    }
    this.clientMetadataUrl = clientMetadataUrl;
    // Nobody listens there: the redirect is read, never followed. Port 9 is the discard service. Documents name the
    // host alone.
    this.redirectUrl = `http://${clientMetadataUrl ? 'localhost' : '127.0.0.1'}:9/callback`;
    this.clientMetadata = {
      client_name: clientName,
      application_type: 'native',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  clientInformation() {
    return this.#client;
  }
  saveClientInformation(client) {
    this.#client = client;
    this.#keep();
  }
  tokens() {
    return this.#tokens;
  }
  saveTokens(tokens) {
    this.#tokens = tokens;
    this.#keep();
  }
  codeVerifier() {
    return this.#verifier;
  }
  saveCodeVerifier(verifier) {
    this.#verifier = verifier;
  }
  // Which authorization server the request went to: v2 checks the answer against it.
  discoveryState() {
    return this.#discovery;
  }
  saveDiscoveryState(discovery) {
    this.#discovery = discovery;
  }
  state() {
    return randomUUID();
  }
  /** What the SDK wants forgotten, after the server has refused it. */
  invalidateCredentials(scope) {
    if (['all', 'client'].includes(scope)) this.#client = undefined;
    if (['all', 'tokens'].includes(scope)) this.#tokens = undefined;
    if (['all', 'verifier'].includes(scope)) this.#verifier = undefined;
    if (['all', 'discovery'].includes(scope)) this.#discovery = undefined;
    this.#keep();
  }

  async redirectToAuthorization(authorizeUrl) {
    this.consents += 1;
    if (this.consents > CONSENTS) throw new Error(`the person was asked to consent ${this.consents} times`);
    this.callback = (await approve(authorizeUrl, this.#apiKey)).searchParams;
  }

  /**
   * Spoils the access token, so that the next request is refused as an expired one would be and the SDK has to
   * use its refresh token. Returns a function that says whether both tokens are new ones since.
   */
  spoilAccessToken() {
    const before = this.#tokens;
    this.#tokens = { ...before, access_token: SPOILED };
    return () => areRenewed(before, this.#tokens);
  }

  #keep() {
    if (this.#file) writeFileSync(this.#file, JSON.stringify({ client: this.#client, tokens: this.#tokens }));
  }
}

/** Whether both tokens of `now` are others than those of `before`, and no spoiled ones. */
export function areRenewed(before, now) {
  return (
    ![undefined, SPOILED, before.access_token].includes(now.access_token) &&
    ![undefined, before.refresh_token].includes(now.refresh_token)
  );
}
