// The OAuth client provider of both TypeScript drivers: keeps registration and tokens in memory and, where a
// desktop client would open a browser, has the person answer the consent page at once.
import { randomUUID } from 'node:crypto';
import { approve } from './person.mjs';

/** An access token that the server cannot know. */
export const SPOILED = 'expired';

export class PersonProvider {
  // Nobody listens there: the redirect is read, never followed. Port 9 is the discard service.
  redirectUrl = 'http://127.0.0.1:9/callback';
  #apiKey;
  #client;
  #tokens;
  #verifier;
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
    return randomUUID();
  }

  async redirectToAuthorization(authorizeUrl) {
    if (this.callback) throw new Error('the person was asked to consent a second time');
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
}

/** Whether both tokens of `now` are others than those of `before`, and no spoiled ones. */
export function areRenewed(before, now) {
  return (
    ![undefined, SPOILED, before.access_token].includes(now.access_token) &&
    ![undefined, before.refresh_token].includes(now.refresh_token)
  );
}
