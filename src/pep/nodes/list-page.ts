/** A page of a list that is all there, by the rules of XEP-0059. */
import type { Page, PageQuery } from "../../activitystreams/stream.ts";
import { DxError } from "../../errors/error.ts";

/** `list`: newest first. Throws DX_ITEM_NOT_FOUND for a place that is not there (§2.4). */
export function pageOfList<T extends { readonly id: string }>(
  list: readonly T[],
  query: PageQuery,
): Page<T> {
  const { ids, max } = query;
  if (ids !== undefined) {
    const items = list.filter(({ id }) => ids.includes(id)).slice(0, max);
    return { items, index: 0, count: list.length };
  }
  const [start, end] = boundsOf(list, query);
  const items = list.slice(start, end);
  return { items, index: items.length === 0 ? 0 : start, count: list.length };
}

function boundsOf(
  list: readonly { readonly id: string }[],
  { max, after, before, index }: PageQuery,
): readonly [number, number] {
  if (after !== undefined) {
    const start = placeIn(list, after) + 1;
    return [start, start + max];
  }
  if (before !== undefined) {
    const end = before === null ? list.length : placeIn(list, before);
    return [Math.max(0, end - max), end];
  }
  const start = index ?? 0;
  return [start, start + max];
}

function placeIn(list: readonly { readonly id: string }[], wanted: string): number {
  const place = list.findIndex(({ id }) => id === wanted);
  if (place < 0) throw new DxError("DX_ITEM_NOT_FOUND");
  return place;
}
