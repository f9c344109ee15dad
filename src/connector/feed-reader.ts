/**
 * Reading a person's node: what is new in it, and whether a stranger could read it. Servers
 * differ in everything but `max_items` (RSM is ignored or answers with timestamps), so the
 * read is widened until it reaches what is known.
 */
import { randomBytes } from "node:crypto";
import type { Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import { readDate } from "../pep/dates.ts";
import { itemsRequest, subscribeRequest } from "../pep/event.ts";
import { readItemsResult, type EventItem } from "../pep/read-event.ts";
import { childText } from "../xml/element.ts";
import type { ComponentStream } from "./stream.ts";

export type Reading =
  | {
      readonly state: "read";
      /** Those that were picked, oldest first. */
      readonly items: readonly EventItem[];
      /** Of all that the last read brought. */
      readonly found: readonly string[];
    }
  /** There is no such node yet. */
  | { readonly state: "missing" }
  /** We may not read it. */
  | { readonly state: "refused" };

type Wanted = Parameters<typeof itemsRequest>[1];

/** What of a read is wanted; `known`: it has reached what was seen before. */
export type Picked = { readonly items: readonly EventItem[]; readonly known: boolean };

export interface FeedReader {
  /** The newest items, as far as `pick` finds nothing known; at least `atLeast` are looked at. */
  readUnseen(
    jid: Jid,
    node: string,
    pick: (items: readonly EventItem[]) => Promise<Picked>,
    atLeast?: number,
  ): Promise<Reading>;
  /** Exactly this item; `found` is empty when it is not there. */
  readItem(jid: Jid, node: string, itemId: string): Promise<Reading>;
  /** Those of these that are there. */
  readItems(jid: Jid, node: string, ids: readonly string[]): Promise<Reading>;
  /**
   * Asks for this very item; for the newest one where it is not there any more. Throws when the
   * server gives no clear answer: then nothing is decided.
   */
  isReadableByStranger(jid: Jid, node: string, itemId: string | null): Promise<boolean>;
  /**
   * The server shows this very item to this address of ours; whatever is there, when none is
   * named. Throws as above.
   */
  isShownTo(jid: Jid, node: string, itemId: string | null, reader: Jid): Promise<boolean>;
  /** The newest item, or this one, as somebody sees it who never subscribed to anything. */
  readAsStranger(jid: Jid, node: string, itemId?: string): Promise<Reading>;
  /** True when the server says `subscribed`. */
  subscribe(jid: Jid, node: string): Promise<boolean>;
}

/** Newest items of one answer. A node of a real server holds 1,000 at most. */
const STEPS = [20, 100, 300, 1000];
/** Where so many are more than an answer may have. */
const SMALLER_STEPS = [100, 20, 5, 1];
const TIMEOUT_MS = 15_000;

/** Conditions with which servers say that this node is not for everybody, or not there. */
const MISSING = new Set(["item-not-found"]);
const REFUSED = new Set([
  "forbidden",
  "not-authorized",
  "not-allowed",
  "not-acceptable",
  "subscription-required",
  "registration-required",
  "service-unavailable",
  "feature-not-implemented",
]);

export function createFeedReader(stream: ComponentStream): FeedReader {
  // Never subscribed to anything, and nobody can have put it on a list: its name is new with
  // each start.
  const canary = `canary-${randomBytes(8).toString("hex")}@${stream.domain}`;

  const read = createRead(stream);

  const readItems: FeedReader["readItems"] = async (jid, node, ids) => {
    const reading = await read(jid, node, { ids }, stream.domain);
    if (reading.state !== "read") return reading;
    // COMPAT(servers that answer with the whole node): only what was asked for counts.
    const items = reading.items.filter((item) => ids.includes(item.id));
    return { state: "read", items, found: items.map((item) => item.id) };
  };

  return {
    async readUnseen(jid, node, pick, atLeast = 0) {
      const page = (max: number): Promise<Reading> => read(jid, node, { max }, stream.domain);
      let kept: Extract<Reading, { state: "read" }> | null = null;
      for (const max of STEPS.filter((step) => step >= atLeast)) {
        const reading = await page(max).catch((error: unknown) => {
          if (!isDxError(error, "DX_STANZA_TOO_BIG")) throw error;
          return kept ?? smallerPage(max, page);
        });
        if (reading.state !== "read") return reading;
        // No more than before: that was as much as comes.
        if (kept !== null && reading.found.length <= kept.found.length) break;
        const picked = await pick(reading.items);
        kept = { ...reading, items: picked.items };
        // A server that heeds no `max_items` brings more than was asked for: that is all of it.
        if (picked.known || reading.found.length !== max) break;
      }
      return kept ?? { state: "missing" };
    },
    readItem: (jid, node, itemId) => readItems(jid, node, [itemId]),
    readItems,
    async isReadableByStranger(jid, node, itemId) {
      // By its id: ejabberd reads a whole node to find the newest (7 ms at 500 items, 28 at 1,000).
      if (itemId !== null) {
        const reading = await read(jid, node, { ids: [itemId] }, canary);
        if (reading.state === "read" && reading.found.length > 0) return true;
        if (reading.state === "refused") return false;
      }
      return (await read(jid, node, { max: 1 }, canary)).state === "read";
    },
    async isShownTo(jid, node, itemId, reader) {
      const reading = await read(jid, node, wantedOf(itemId), reader);
      return reading.state === "read" && (itemId === null || reading.found.includes(itemId));
    },
    readAsStranger: (jid, node, itemId) => read(jid, node, wantedOf(itemId ?? null), canary),
    async subscribe(jid, node) {
      try {
        await stream.request({
          type: "set",
          to: jid,
          payload: subscribeRequest(node, stream.domain),
          timeoutMs: TIMEOUT_MS,
        });
        return true;
      } catch (error) {
        if (isDxError(error, "DX_IQ_ERROR")) return false;
        throw error;
      }
    },
  };
}

/** As many as an answer takes. */
async function smallerPage(
  tooMany: number,
  page: (max: number) => Promise<Reading>,
): Promise<Reading> {
  const [max = 1, ...smaller] = SMALLER_STEPS.filter((step) => step < tooMany);
  try {
    return await page(max);
  } catch (error) {
    if (!isDxError(error, "DX_STANZA_TOO_BIG") || smaller.length === 0) throw error;
    return await smallerPage(max, page);
  }
}

/** null: the newest one. */
function wantedOf(itemId: string | null): Wanted {
  return itemId === null ? { max: 1 } : { ids: [itemId] };
}

type Read = (jid: Jid, node: string, wanted: Wanted, from: string) => Promise<Reading>;

function createRead(stream: ComponentStream): Read {
  return async (jid, node, wanted, from) => {
    try {
      const answer = await stream.request({
        type: "get",
        to: jid,
        from,
        payload: itemsRequest(node, wanted),
        timeoutMs: TIMEOUT_MS,
      });
      const items = oldestFirst(readItemsResult(answer));
      return { state: "read", items, found: items.map((item) => item.id) };
    } catch (error) {
      const condition = conditionOf(error);
      if (MISSING.has(condition)) return { state: "missing" };
      if (REFUSED.has(condition)) return { state: "refused" };
      throw error;
    }
  };
}

/**
 * XEP-0060 §6.5.7 leaves the order of an answer open. ejabberd and Prosody begin with the
 * oldest; one that begins with the newest is told by the dates, most of which then go back.
 */
function oldestFirst(items: readonly EventItem[]): readonly EventItem[] {
  const dates = items.flatMap(({ payload }) => {
    const date = readDate(childText(payload, "published") ?? childText(payload, "updated"));
    return date === null ? [] : [date.getTime()];
  });
  let balance = 0;
  for (const [index, date] of dates.entries())
    balance += Math.sign(date - (dates[index - 1] ?? date));
  return balance < 0 ? [...items].reverse() : items;
}

function conditionOf(error: unknown): string {
  if (!isDxError(error, "DX_IQ_ERROR")) return "";
  const condition = error.evidence["condition"];
  return typeof condition === "string" ? condition : "";
}
