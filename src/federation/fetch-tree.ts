/**
 * How much may be fetched for the sake of one received message: a reshare brings its root,
 * a post brings what it links to, and each of these may bring more. A pod that answers every
 * question with another one is not followed further than this.
 */
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";

export interface FetchTree {
  /** How many fetches, one below the other, led here; 0 for what was sent to us. */
  readonly depth: number;
  /** What is being fetched above this. */
  readonly path: ReadonlySet<Guid>;
  /** One for the whole tree. */
  readonly budget: FetchBudget;
  /** See IncomingMessage. */
  readonly quietBefore: Date | null;
  /** The host of whoever signed what started it; null: somebody here, or not known yet. */
  readonly asker: string | null;
}

export interface FetchBudget {
  left: number;
  /** By performance.now(). */
  readonly until: number;
}

export interface TreeLimits {
  /** A comment's post, which is a reshare; its root; a post that the root links to. */
  readonly depth: number;
  readonly fetches: number;
  /** With key lookups. Far below the lease of the inbox, so that a message has one worker. */
  readonly ms: number;
}

export const TREE_LIMITS: TreeLimits = { depth: 3, fetches: 10, ms: 20_000 };

/** `depth` is above 0 for a message that was itself fetched. */
export function startTree(
  depth = 0,
  limits: TreeLimits = TREE_LIMITS,
  { quietBefore = null, asker = null }: Partial<Pick<FetchTree, "quietBefore" | "asker">> = {},
): FetchTree {
  const budget = { left: limits.fetches, until: performance.now() + limits.ms };
  return { depth, path: new Set(), budget, quietBefore, asker };
}

/** The tree as what is fetched now may use it. Throws DX_FETCH_LIMIT. */
export function descend(tree: FetchTree, guid: Guid, limits: TreeLimits = TREE_LIMITS): FetchTree {
  const { depth, path, budget } = tree;
  if (path.has(guid)) throw new DxError("DX_FETCH_LIMIT", { detail: "it leads back to itself" });
  if (depth >= limits.depth) throw new DxError("DX_FETCH_LIMIT", { detail: "too deep" });
  if (budget.left <= 0) throw new DxError("DX_FETCH_LIMIT", { detail: "too many" });
  if (performance.now() >= budget.until)
    throw new DxError("DX_FETCH_LIMIT", { detail: "too long" });
  budget.left -= 1;
  return { ...tree, depth: depth + 1, path: new Set([...path, guid]) };
}
