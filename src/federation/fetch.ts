/**
 * Fetches a post from a person's pod (diaspora-protocol.md §13): `GET /fetch/:type/:guid`
 * gives it as an envelope of its author, which is then kept like one that was POSTed to
 * /receive/public. It is opened before, by the same path, and refused unless it is what was
 * asked for (diaspora 0.5.7.1, CVE-2024-23832: whoever is asked must not choose).
 */
import { hostOf, type DiasporaId, type Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import { MAGIC_ENVELOPE_TYPE } from "../salmon/magic-envelope.ts";
import type { OpenedMessage } from "../salmon/receive/open.ts";
import type { RelatedEntity } from "../salmon/receive/related.ts";
import { createFetchBudget } from "./fetch-budget.ts";
import { createFetchLimiter, type FetchLimits } from "./fetch-limiter.ts";
import { createFetchMemory, type FetchMemoryOptions } from "./fetch-memory.ts";
import { descend, type FetchTree } from "./fetch-tree.ts";
import { answeredGuid, type FetchType } from "./fetch-types.ts";
import type { Inbox } from "./ports.ts";

export interface Wanted {
  readonly type: FetchType;
  readonly guid: Guid;
  /** Whose pod is asked. */
  readonly from: DiasporaId;
  /** Whose it must be; null where nobody has said. */
  readonly author: DiasporaId | null;
}

/** All checks of a message to /receive/public. What it needs itself counts against the tree. */
export type OpenFetched = (body: Buffer, tree: FetchTree) => Promise<OpenedMessage>;

export interface Fetcher {
  /** Throws a DxError where it is not to be had, now or at all. */
  fetch(wanted: Wanted, tree: FetchTree, open: OpenFetched): Promise<RelatedEntity>;
  /** How deep in a tree this post was fetched a moment ago; 0 for what came by itself. */
  depthOf(guid: Guid): number;
}

export interface FetcherOptions {
  readonly http: GuardedHttp;
  /** Of a person who is known or can be found. Throws. */
  podOf(id: DiasporaId): Promise<string>;
  readonly inbox: Inbox;
  /** Hosts of our own people: the store has what they have. */
  readonly idHosts: readonly string[];
  /** Of one answer, after decompression. */
  readonly maxBytes: number;
  /** For one answer with its redirects. */
  readonly timeoutMs: number;
  readonly limits?: FetchLimits;
  /** From one host, for the sake of one other. */
  readonly perHour?: number;
  readonly memory?: FetchMemoryOptions;
}

export function createFetcher(options: FetcherOptions): Fetcher {
  const memory = createFetchMemory(options.memory);
  const limiter = createFetchLimiter(options.limits);
  const budget = createFetchBudget(options.perHour);
  const underWay = new Map<string, Promise<RelatedEntity>>();

  async function bring(
    url: URL,
    wanted: Wanted,
    tree: FetchTree,
    open: OpenFetched,
  ): Promise<RelatedEntity> {
    const { until } = tree.budget;
    budget.take(tree.asker, url.hostname);
    // Only the answer takes a turn: what it needs in its turn could else wait for its own end.
    const body = await limiter.run(url.host, until, () => get(url, until, options));
    const opened = await open(body, tree);
    const { related, guid, author } = checkAnswer(opened, wanted, options.idHosts);
    memory.depths.set(guid, tree.depth);
    const message = { kind: "public", recipient: null, body, claimedHost: hostOf(author) } as const;
    await options.inbox.add({ ...message, quietBefore: tree.quietBefore });
    return related;
  }

  async function remembered(
    question: string,
    work: Promise<RelatedEntity>,
  ): Promise<RelatedEntity> {
    try {
      const related = await work;
      memory.found(question, related);
      return related;
    } catch (error) {
      memory.failed(question, error);
      throw error;
    } finally {
      underWay.delete(question);
    }
  }

  async function fetch(wanted: Wanted, tree: FetchTree, open: OpenFetched): Promise<RelatedEntity> {
    const url = await urlOf(wanted, options);
    // Not by the GUID alone: whoever names a post together with a pod of their own that is slow,
    // or does not have it, would keep others from getting it where it is.
    const question = `${url.href} ${wanted.author ?? ""}`;
    const known = memory.recall(question);
    if (known !== null) return known;
    const running = underWay.get(question);
    if (running !== undefined) {
      // Two trees that wait for each other's posts would wait for ever.
      if (tree.path.size > 0) throw new DxError("DX_FETCH_LIMIT", { detail: "it is under way" });
      return running;
    }
    const work = bring(url, wanted, descend(tree, wanted.guid), open);
    const answer = remembered(question, work);
    underWay.set(question, answer);
    return answer;
  }

  return {
    fetch: (wanted, tree, open) => before(tree.budget.until, fetch(wanted, tree, open)),
    depthOf: (guid) => memory.depths.get(guid) ?? 0,
  };
}

async function urlOf({ type, guid, from }: Wanted, options: FetcherOptions): Promise<URL> {
  if (options.idHosts.includes(hostOf(from))) throw new DxError("DX_ITEM_NOT_FOUND");
  // Only the origin of the seed location counts (Pod#url_to). Hubzilla's guids contain "@".
  const { origin } = options.http.check(await options.podOf(from));
  return new URL(`/fetch/${type}/${encodeURIComponent(guid)}`, origin);
}

/** The type of the answer's content is not looked at: what is in it decides. */
async function get(url: URL, until: number, options: FetcherOptions): Promise<Buffer> {
  const timeoutMs = Math.max(1, Math.min(options.timeoutMs, until - performance.now()));
  const { status, body } = await options.http.get(url.href, {
    accept: MAGIC_ENVELOPE_TYPE,
    maxBytes: options.maxBytes,
    timeoutMs: Math.ceil(timeoutMs),
  });
  if (status === 200) return body;
  const evidence = { host: url.host.slice(0, 255), status };
  const isNotThere = status >= 400 && status < 500 && status !== 429;
  throw new DxError(isNotThere ? "DX_ITEM_NOT_FOUND" : "DX_HTTP_STATUS", { evidence });
}

interface Answer {
  readonly related: RelatedEntity;
  /** Of the post, also where something inside it was asked for. */
  readonly guid: Guid;
  readonly author: DiasporaId;
}

function checkAnswer(
  { entity, sender }: OpenedMessage,
  wanted: Wanted,
  idHosts: readonly string[],
): Answer {
  const mismatch = (detail: string): DxError => new DxError("DX_FETCH_MISMATCH", { detail });
  if (answeredGuid(wanted.type, entity) !== wanted.guid) {
    throw mismatch("another type or another guid");
  }
  if (entity.type !== "status_message" && entity.type !== "reshare") throw mismatch("no post");
  const { guid, author } = entity.properties;
  if (author !== sender || (wanted.author !== null && author !== wanted.author)) {
    throw mismatch("another author");
  }
  // What one of our own has taken back does not return by way of somebody who kept it.
  if (idHosts.includes(hostOf(author))) throw mismatch("a post of our own");
  const post = { author, local: false, public: true };
  return { related: guid === wanted.guid ? post : { ...post, parent: post }, guid, author };
}

/** What is abandoned goes on, and what it brings is there for the next who asks. */
async function before<T>(until: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      late.reject(new DxError("DX_HTTP_TIMEOUT", { detail: "the whole tree took too long" }));
    },
    Math.max(0, until - performance.now()),
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
