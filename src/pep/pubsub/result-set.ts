/**
 * How a read says which items it wants, and how the answer says which it has: `max_items` and
 * item ids (XEP-0060 §6.5), XEP-0059 Result Set Management, XEP-0413 Order-By.
 *
 * A pubsub node is in the order in which its items were published (XEP-0060 §12.1), and that is
 * the order of the result set unless another is asked for (XEP-0413 §4.4): `after` is newer. Our
 * streams begin with the newest, so the two are translated here.
 */
import type { Page, PageQuery } from "../../activitystreams/stream.ts";
import { DxError } from "../../errors/error.ts";
import {
  child,
  childElements,
  childrenNamed,
  childText,
  el,
  type XmlElement,
} from "../../xml/element.ts";
import { NS_PUBSUB } from "../namespaces.ts";
import { MAX_ITEM_ID } from "../read-event.ts";

export const NS_RSM = "http://jabber.org/protocol/rsm";
export const NS_ORDER = "urn:xmpp:order-by:1";

/** What a read asks for. */
export interface Wanted {
  readonly query: PageQuery;
  /** The answer begins with the newest (XEP-0413 `desc`). */
  readonly newestFirst: boolean;
  /** The place of the first item in the order of the answer, where the request gives one. */
  readonly index: number | null;
  /** It brings a `<set/>`, so its answer has one that counts. */
  readonly paged: boolean;
  /** COMPAT(Movim): see `pagesAsMovim`. */
  readonly movim: boolean;
}

export function readWanted(pubsub: XmlElement, items: XmlElement, limit: number): Wanted {
  const set = child(pubsub, "set", NS_RSM);
  const { order, newestFirst } = readOrder(pubsub);
  const max = Math.min(limit, wholeNumber(items.attrs["max_items"]) ?? limit);
  const base = { newestFirst, index: null, paged: set !== undefined, movim: false };
  const ids = childrenNamed(items, "item", NS_PUBSUB).flatMap((item) => item.attrs["id"] ?? []);
  if (ids.length > 0) {
    const known = [...new Set(ids)].filter((id) => Buffer.byteLength(id) <= MAX_ITEM_ID);
    return { ...base, query: { max: limit, ids: known.slice(0, limit), order, counted: false } };
  }
  if (set === undefined) return { ...base, query: { max, order, counted: false } };
  const page = { max: Math.min(max, wholeNumber(childText(set, "max")) ?? max), order };
  const index = wholeNumber(childText(set, "index"));
  const place = placeOf(set, newestFirst);
  if (index !== null && place === null) {
    // The place from the other end needs the count: see `resolved`.
    return { ...base, query: newestFirst ? { ...page, index } : page, index };
  }
  return {
    ...base,
    query: { ...page, ...(place ?? (newestFirst ? {} : { before: null })) },
    movim: pagesAsMovim(pubsub, set),
  };
}

/** XEP-0059 §2.2–2.5, in the words of a stream that begins with the newest. */
function placeOf(
  set: XmlElement,
  newestFirst: boolean,
): Pick<PageQuery, "after" | "before"> | null {
  const after = childText(set, "after") ?? "";
  const before = childText(set, "before");
  if (after !== "") return newestFirst ? { after } : { before: after };
  if (before === undefined) return null;
  if (before !== "") return newestFirst ? { before } : { after: before };
  // §2.5: the last page; that is where our streams begin, or end.
  return newestFirst ? { before: null } : {};
}

/** XEP-0413 §4: the first order counts, for equal times there are none. */
function readOrder(pubsub: XmlElement): Pick<PageQuery, "order"> & { newestFirst: boolean } {
  const order = child(pubsub, "order", NS_ORDER);
  if (order === undefined) return { order: "creation", newestFirst: false };
  const { by, desc } = order.attrs;
  // §4.6: any other order needs to be agreed upon.
  if (by !== "creation" && by !== "modification") {
    throw new DxError("DX_NOT_IMPLEMENTED", { detail: "an unknown order" });
  }
  return { order: by, newestFirst: desc === "true" || desc === "1" };
}

/**
 * COMPAT(Movim 0.34): goes on to older posts with `before` and the *last* of a page, as ejabberd's
 * SQL storage gives it, whose pages before something begin with the newest. Nobody else writes
 * `<set/>` in front of `<items/>`. (XEP-0059 §2.3 has them in the order of the set.)
 */
function pagesAsMovim(pubsub: XmlElement, set: XmlElement): boolean {
  const before = childText(set, "before") ?? "";
  return (
    before !== "" &&
    childElements(pubsub)[0] === set &&
    child(pubsub, "order", NS_ORDER) === undefined
  );
}

/** XEP-0059 §2.6 in an ascending set: our streams count from the newest. */
export function resolvedIndex(wanted: Wanted, count: number): PageQuery | null {
  const { index, query } = wanted;
  if (index === null || wanted.newestFirst) return query;
  if (index >= count) return null;
  const max = Math.min(query.max, count - index);
  return { ...query, max, index: count - index - max };
}

export interface Shown {
  readonly wanted: Wanted;
  /** In the order of the answer. */
  readonly ids: readonly string[];
  readonly page: Pick<Page<unknown>, "index" | "count">;
}

/** The answer's `<set/>`; null where nothing was left out and nobody asked. */
export function resultSet({ wanted, ids, page }: Shown): XmlElement | null {
  const { query, newestFirst, paged, movim } = wanted;
  if (query.ids !== undefined) return null;
  const [first] = ids;
  const last = ids.at(-1);
  if (first === undefined || last === undefined) {
    // XEP-0059 §2.2: a page without items has only the count.
    return paged ? el("set", { xmlns: NS_RSM }, el("count", {}, page.count)) : null;
  }
  // COMPAT(Movim): whoever asked by max_items alone reads this only to go on as Movim does.
  if (!paged) {
    return newestFirst ? rsm(first, last) : rsm(last, first);
  }
  if (movim) return rsm(first, last, { count: page.count });
  const index = newestFirst ? page.index : page.count - page.index - ids.length;
  return rsm(first, last, { index: Math.max(0, index), count: page.count });
}

function rsm(
  first: string,
  last: string,
  place: { readonly index?: number; readonly count?: number } = {},
): XmlElement {
  const { index, count } = place;
  return el(
    "set",
    { xmlns: NS_RSM },
    el("first", { index }, first),
    el("last", {}, last),
    count === undefined ? null : el("count", {}, count),
  );
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text.trim())) throw new DxError("DX_BAD_REQUEST", { detail: "no number" });
  return Number(text);
}
