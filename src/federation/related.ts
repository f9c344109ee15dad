/**
 * What a received message belongs to: asked of the store, and where it is not there, of a
 * pod (diaspora-protocol.md §5, §13). And what it links to, which is fetched beside it (§14).
 */
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { findDiasporaLinks, type DiasporaLink } from "../salmon/links.ts";
import type { RelatedEntity } from "../salmon/receive/related.ts";
import type { Fetcher, OpenFetched, Wanted } from "./fetch.ts";
import type { FetchTree } from "./fetch-tree.ts";
import { isFetchType, keyOfType, typeOfRelated } from "./fetch-types.ts";
import type { KnownPosts } from "./ports.ts";

export interface RelatedDeps {
  readonly known: KnownPosts;
  readonly fetcher: Fetcher;
  readonly log: Log;
}

export interface RelatedQuestion {
  /** `Post`, `Poll` … */
  readonly type: string;
  readonly guid: Guid;
  /** null: only what is known counts. */
  readonly from: DiasporaId | null;
  readonly author: DiasporaId | null;
}

/**
 * null where it cannot be had now. Throws DX_ITEM_NOT_FOUND for what was deleted, where no
 * other try helps, and DX_ENTITY_UNSUPPORTED for what nothing can belong to.
 */
export async function relatedTo(
  { type: name, guid, from, author }: RelatedQuestion,
  tree: FetchTree,
  open: OpenFetched,
  deps: RelatedDeps,
): Promise<RelatedEntity | null> {
  if (name === "Comment") return await commentOf(guid, deps);
  const type = typeOfRelated(name);
  if (type === null) throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: name } });
  const known = await deps.known.facts(keyOfType(type), guid);
  if (known?.gone === true) {
    throw new DxError("DX_ITEM_NOT_FOUND", { detail: "what it belongs to was deleted" });
  }
  if (known !== null) return known;
  if (from === null) return null;
  try {
    return await deps.fetcher.fetch({ type, guid, from, author }, tree, open);
  } catch (error) {
    if (!isDxError(error) || isFinal(error)) throw error;
    deps.log.debug({ guid, error: describeError(error) }, "a post could not be fetched");
    return null;
  }
}

/** The store is away, or the operator has nothing to do with the author's pod. */
function isFinal(error: DxError): boolean {
  return isDxError(error, "DX_STORE_UNAVAILABLE") || isDxError(error, "DX_SUSPENDED");
}

/** The comment that a like is about. It comes by itself or not at all: only posts are fetched. */
async function commentOf(guid: Guid, { known }: RelatedDeps): Promise<RelatedEntity | null> {
  const comment = await known.comment(guid);
  if (comment === null) return null;
  if (comment.gone || comment.post.gone) {
    throw new DxError("DX_ITEM_NOT_FOUND", { detail: "what it belongs to was deleted" });
  }
  return { ...comment, parent: comment.post };
}

/** Of one message; the rest stay links. */
const MAX_LINKS = 5;
/**
 * Of what was itself fetched. Each such post begins a tree of its own when it is worked on, so
 * that with five of five of five one message would make us ask 155 times.
 */
const MAX_FURTHER_LINKS = 1;

/** Never fails: whatever is wrong with a link is no fault of the message. */
export async function followLinks(
  text: string,
  tree: FetchTree,
  open: OpenFetched,
  deps: RelatedDeps,
): Promise<void> {
  const most = tree.depth === 0 ? MAX_LINKS : MAX_FURTHER_LINKS;
  for (const wanted of wantedBy(findDiasporaLinks(text), most)) {
    try {
      const known = await deps.known.facts(keyOfType(wanted.type), wanted.guid);
      if (known === null) await deps.fetcher.fetch(wanted, tree, open);
    } catch (error) {
      const facts = { guid: wanted.guid, error: describeError(error) };
      deps.log.debug(facts, "a linked post could not be fetched");
    }
  }
}

function wantedBy(links: readonly DiasporaLink[], most: number): Wanted[] {
  const wanted = new Map<Guid, Wanted>();
  for (const { type, guid, author } of links) {
    if (wanted.size >= most) break;
    if (isFetchType(type)) wanted.set(guid, { type, guid, from: author, author });
  }
  return [...wanted.values()];
}
