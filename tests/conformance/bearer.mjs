// Gives the official conformance suite a bearer token, for which it has no option of its own:
//
//   CONFORMANCE_BEARER=<token> node --import ./bearer.mjs <suite> server --url http://localhost:8001/mcp
//
// The suite sends requests with `fetch`, with undici's `request` and with `http.request`. The first two go through
// undici's global dispatcher, Node's own `fetch` too. Every request carries the token: the suite talks to nobody but
// the server that it tests.
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici';

const token = process.env.CONFORMANCE_BEARER;
if (!token) throw new Error('CONFORMANCE_BEARER is not set');
const authorization = `Bearer ${token}`;

const addToken = (dispatch) => (options, handler) =>
  dispatch({ ...options, headers: withToken(options.headers) }, handler);
setGlobalDispatcher(getGlobalDispatcher().compose(addToken));

const request = http.request;
http.request = (options, ...rest) => {
  if (typeof options === 'string' || options instanceof URL) {
    throw new Error('the suite calls http.request in a way that bearer.mjs does not know');
  }
  return request({ ...options, headers: { ...options.headers, authorization } }, ...rest);
};
syncBuiltinESMExports();

/** undici takes headers as an object or as a list of names and values in turn. */
function withToken(headers) {
  return Array.isArray(headers) ? [...headers, 'authorization', authorization] : { ...headers, authorization };
}
