/**
 * What a person wrote before anybody here followed them (diaspora-peers.md §1): their pod's list of
 * the newest public posts, and each of these fetched. Whatever is wrong with one of them is no
 * fault of the others.
 */
import { parseGuid, type Guid } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import type { Log } from "../log/log.ts";
import type { Fetcher, OpenFetched } from "./fetch.ts";
import { isPassing } from "./fetch-memory.ts";
import { startTree, TREE_LIMITS } from "./fetch-tree.ts";
import type { KnownPosts } from "./ports.ts";

export interface ReadBackOptions {
  readonly http: GuardedHttp;
  readonly fetcher: Pick<Fetcher, "fetch">;
  readonly open: OpenFetched;
  readonly known: Pick<KnownPosts, "facts">;
  readonly log: Log;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** For all of it. Default 60 s. */
  readonly wholeMs?: number;
}

/** Far below the time for which nobody else looks after who waits for it (store/newcomers.ts). */
const WHOLE_MS = 60_000;
/** A page of diaspora*'s has 15. */
const MOST_POSTS = 20;

/**
 * `until`: see IncomingMessage. Throws DX_ITEM_NOT_FOUND where the pod has no such list, what the
 * guarded client throws, and what keeps us from asking on: the next time begins where this ended.
 */
export async function readBack(
  person: RemotePerson,
  until: Date,
  options: ReadBackOptions,
): Promise<void> {
  const end = performance.now() + (options.wholeMs ?? WHOLE_MS);
  for (const guid of await listOf(person, options, end)) {
    if ((await options.known.facts("post", guid)) !== null) continue;
    const { diasporaId: author } = person;
    const ms = Math.min(TREE_LIMITS.ms, leftUntil(end));
    const tree = startTree(0, { ...TREE_LIMITS, ms }, { quietBefore: until });
    try {
      await options.fetcher.fetch({ type: "post", guid, from: author, author }, tree, options.open);
    } catch (error) {
      if (!isDxError(error) || isPassing(error)) throw error;
      options.log.debug({ guid, error: describeError(error) }, "an older post was not fetched");
      leftUntil(end);
    }
  }
}

/** Timers may end a little early. */
const LEAST_MS = 10;

function leftUntil(end: number): number {
  const left = end - performance.now();
  if (left < LEAST_MS) throw new DxError("DX_HTTP_TIMEOUT", { detail: "all of it took too long" });
  return left;
}

async function listOf(
  person: RemotePerson,
  options: ReadBackOptions,
  end: number,
): Promise<Guid[]> {
  const { http, maxBytes } = options;
  const timeoutMs = Math.max(1, Math.ceil(Math.min(options.timeoutMs, end - performance.now())));
  const { origin, host } = http.check(person.podUrl);
  const url = new URL(`/people/${encodeURIComponent(person.guid)}/stream`, origin);
  const wishes = { accept: "application/json", maxBytes, timeoutMs };
  const { status, body } = await http.get(url.href, wishes);
  if (status === 200) return guidsIn(body.toString("utf8"), person.guid);
  const evidence = { host: host.slice(0, 255), status };
  const isNotThere = status >= 400 && status < 500 && status !== 429;
  throw new DxError(isNotThere ? "DX_ITEM_NOT_FOUND" : "DX_HTTP_STATUS", { evidence });
}

/** `[{guid, public, author: {guid}}]`, newest first; what is nothing of that is passed over. */
export function guidsIn(json: string, author: Guid): Guid[] {
  const list = parsed(json);
  const guids = (Array.isArray(list) ? list : []).flatMap((post: unknown) => {
    if (!isRecord(post) || post["public"] !== true) return [];
    const by = post["author"];
    const guid = typeof post["guid"] === "string" ? parseGuid(post["guid"]) : null;
    // A page may hold what others wrote to them.
    return guid !== null && isRecord(by) && by["guid"] === author ? [guid] : [];
  });
  return [...new Set(guids)].slice(0, MOST_POSTS);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
