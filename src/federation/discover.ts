/**
 * Finds a person of the federation (diaspora* discovery): WebFinger (RFC 7033) names the
 * hCard and the pod, the hCard has guid, key and name. Everything is fetched through the
 * guarded client; hCard and pod may be on other hosts than the ID.
 */
import { hostOf, type DiasporaId } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError, isDxError } from "../errors/error.ts";
import type { GetResponse, GuardedHttp } from "../http/client.ts";
import { decodeUtf8 } from "../http/response-body.ts";
import { parseHCard } from "../salmon/discovery/hcard.ts";
import { personFromDiscovery } from "../salmon/discovery/person.ts";
import { checkSubject, parseWebfingerJrd, type WebFinger } from "../salmon/discovery/webfinger.ts";
import { expandTemplate, parseHostMeta, parseWebfingerXrd } from "../salmon/discovery/xrd.ts";

/**
 * Throws DX_PERSON_NOT_FOUND, DX_DISCOVERY_* or DX_KEY_INVALID for what will not change by
 * itself, a retryable DX_HTTP_* for what may.
 */
export async function discoverPerson(id: DiasporaId, http: GuardedHttp): Promise<RemotePerson> {
  const webfinger = await findWebfinger(id, http);
  // Before anything that the document names is contacted: it must be about this person.
  checkSubject(id, webfinger);
  http.check(webfinger.seedUrl);
  const page = await fetchText(http, webfinger.hcardUrl, "text/html");
  if (page === null) throw notFound(id);
  return personFromDiscovery(id, webfinger, parseHCard(page));
}

async function findWebfinger(id: DiasporaId, http: GuardedHttp): Promise<WebFinger> {
  const { origin, jrd } = await askHost(id, http);
  const webfinger = jrd === null ? null : readJrd(jrd);
  return webfinger ?? (await findByHostMeta(id, origin, http));
}

/** null when it is no JSON: then it is no JRD, and the older way may be known there. */
function readJrd(text: string): WebFinger | null {
  try {
    return parseWebfingerJrd(text);
  } catch (error) {
    if (isDxError(error, "DX_DISCOVERY_DOCUMENT")) return null;
    throw error;
  }
}

interface HostAnswer {
  readonly origin: string;
  /** null for an answer that says "not here". */
  readonly jrd: string | null;
}

async function askHost(id: DiasporaId, http: GuardedHttp): Promise<HostAnswer> {
  const https = `https://${hostOf(id)}`;
  const plain = `http://${hostOf(id)}`;
  try {
    return { origin: https, jrd: await fetchJrd(id, https, http) };
  } catch (error) {
    // Development only, as with diaspora*'s webfinger_http_fallback: the client refuses http.
    if (!isDxError(error, "DX_HTTP_UNREACHABLE") || !mayContact(plain, http)) throw error;
  }
  return { origin: plain, jrd: await fetchJrd(id, plain, http) };
}

function fetchJrd(id: DiasporaId, origin: string, http: GuardedHttp): Promise<string | null> {
  // Written as the gem writes it, which every server has seen.
  return fetchText(
    http,
    `${origin}/.well-known/webfinger?resource=acct:${id}`,
    "application/jrd+json, application/json;q=0.9",
  );
}

function mayContact(url: string, http: GuardedHttp): boolean {
  try {
    http.check(url);
    return true;
  } catch {
    return false;
  }
}

/** COMPAT(diaspora* < 0.7, old Friendica, Python federation): host-meta → XRD (RFC 6415). */
async function findByHostMeta(
  id: DiasporaId,
  origin: string,
  http: GuardedHttp,
): Promise<WebFinger> {
  const hostMeta = await fetchText(http, `${origin}/.well-known/host-meta`, "application/xrd+xml");
  if (hostMeta === null) throw notFound(id);
  const url = expandTemplate(templateOf(hostMeta, id), id);
  const xrd = await fetchText(http, url, "application/xrd+xml");
  if (xrd === null) throw notFound(id);
  return parseWebfingerXrd(xrd);
}

/** diaspora* 0.9 serves a host-meta without links: the JRD's "not here" was the answer. */
function templateOf(hostMeta: string, id: DiasporaId): string {
  try {
    return parseHostMeta(hostMeta);
  } catch (error) {
    if (isDxError(error) && !error.retryable) throw notFound(id);
    throw error;
  }
}

/** null for 4xx: the server works, and has no such document. */
async function fetchText(http: GuardedHttp, url: string, accept: string): Promise<string | null> {
  const answer = await http.get(url, { accept });
  if (answer.status === 200) return decodeUtf8(answer.body);
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return null;
  throw statusError(answer);
}

function statusError({ url, status }: GetResponse): DxError {
  return new DxError("DX_HTTP_STATUS", {
    evidence: { host: new URL(url).host.slice(0, 255), status },
  });
}

function notFound(id: DiasporaId): DxError {
  return new DxError("DX_PERSON_NOT_FOUND", { evidence: { host: hostOf(id) } });
}
