// The OAuth client provider of both TypeScript drivers: keeps registration and tokens in memory and, where a
// desktop client would open a browser, has the person answer the consent page at once.
import { randomUUID } from 'node:crypto';
import { answerConsent } from './person.mjs';

export class PersonProvider {
  // Nobody listens there: the redirect is read, never followed. Port 9 is the discard service.
  redirectUrl = 'http://127.0.0.1:9/callback';
  #apiKey;
  #client;
  #tokens;
  #verifier;
  #state;
  #discovery;

  /** `callback` is set by the authorization: the redirect URI's query, with `code`, `state`, `iss`. */
  callback;

  constructor(apiKey, clientName) {
    this.#apiKey = apiKey;
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
  }
  tokens() {
    return this.#tokens;
  }
  saveTokens(tokens) {
    this.#tokens = tokens;
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
    this.#state = randomUUID();
    return this.#state;
  }

  async redirectToAuthorization(authorizeUrl) {
    if (this.callback) throw new Error('the person was asked to consent a second time');
    const redirected = await answerConsent(authorizeUrl, this.#apiKey);
    const { code, state, iss, error } = Object.fromEntries(redirected.searchParams);
    if (error || !code) throw new Error(`the redirect carries no code: ${error}`);
    if (state !== this.#state) throw new Error('the redirect carries another state than the request');
    if (iss !== new URL(authorizeUrl).origin) throw new Error(`the redirect names the issuer ${iss} (RFC 9207)`);
    this.callback = redirected.searchParams;
  }

  /**
   * Spoils the access token, so that the next request is refused as an expired one would be and the SDK has to
   * use its refresh token. Returns a function that says whether both tokens are new ones since.
   */
  spoilAccessToken() {
    const before = this.#tokens;
    this.#tokens = { ...before, access_token: 'expired' };
    return () =>
      ![undefined, 'expired', before.access_token].includes(this.#tokens.access_token) &&
      ![undefined, before.refresh_token].includes(this.#tokens.refresh_token);
  }
}
