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

/** What of a read is wanted; `known`: it reached what was seen before. */
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
  /**
   * Asks for this very item; for the newest one where it is not there any more. Throws when the
   * server gives no clear answer: then nothing is decided.
   */
  isReadableByStranger(jid: Jid, node: string, itemId: string | null): Promise<boolean>;
  /** The newest item, or this one, as somebody sees it who never subscribed to anything. */
  readAsStranger(jid: Jid, node: string, itemId?: string): Promise<Reading>;
  /** True when the server says `subscribed`. */
  subscribe(jid: Jid, node: string): Promise<boolean>;
}

const STEPS = [20, 100, 1000];
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

  return {
    async readUnseen(jid, node, pick, atLeast = 0) {
      let kept: Reading = { state: "missing" };
      for (const max of STEPS.filter((step) => step >= atLeast)) {
        const reading = await read(jid, node, { max }, stream.domain);
        if (reading.state !== "read") return reading;
        const picked = await pick(reading.items);
        kept = { ...reading, items: picked.items };
        // A server that heeds no `max_items` brings more than was asked for: that is all of it.
        if (picked.known || reading.found.length !== max) break;
      }
      return kept;
    },
    async readItem(jid, node, itemId) {
      const reading = await read(jid, node, { ids: [itemId] }, stream.domain);
      if (reading.state !== "read") return reading;
      // COMPAT(servers that answer with the whole node): only what was asked for counts.
      const items = reading.items.filter((item) => item.id === itemId);
      return { state: "read", items, found: items.map((item) => item.id) };
    },
    async isReadableByStranger(jid, node, itemId) {
      // By its id: ejabberd reads a whole node to find the newest (7 ms at 500 items, 28 at 1,000).
      if (itemId !== null) {
        const reading = await read(jid, node, { ids: [itemId] }, canary);
        if (reading.state === "read" && reading.found.length > 0) return true;
        if (reading.state === "refused") return false;
      }
      return (await read(jid, node, { max: 1 }, canary)).state === "read";
    },
    readAsStranger: (jid, node, itemId) =>
      read(jid, node, itemId === undefined ? { max: 1 } : { ids: [itemId] }, canary),
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
