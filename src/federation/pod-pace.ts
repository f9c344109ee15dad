/**
 * How much of one pod is worked on in an hour. Only what brings something new counts: whoever has an
 * honest pod's public envelopes can send them again by the thousand, and must not shut it out.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { createAllowance, type Allowance } from "../activitystreams/allowance.ts";
import { hostOf, type Guid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { ReceivedActivity } from "./ports.ts";

export interface PodPaceOptions {
  readonly perHour: number;
  /** Something with this GUID was kept. */
  readonly isKnown: (guid: Guid) => Promise<boolean>;
  readonly log: Log;
  /** A claimed host waits from now on: other processes take what it sends, or open it. */
  readonly onHeld?: (claimedHost: string) => void;
  /** By a clock that never jumps. */
  readonly now?: () => number;
}

export interface PodPace {
  /** More of this claimed host is taken later. */
  isOver(claimedHost: string): boolean;
  /** Believes a verified message. Throws DX_POD_LIMIT instead when its pod has to wait. */
  heed<T>(received: ReceivedActivity, work: () => Promise<T>): Promise<T>;
  /** A message of this claimed host met the limit: when it is its turn again. */
  hold(claimedHost: string): Date;
  /** Another process has said that it waits. */
  heldElsewhere(claimedHost: string): void;
}

const HOUR_MS = 3_600_000;
const HOLD_MS = 60_000;
const WARN_MS = 60_000;
const HOSTS = 10_000;
const PAYLOADS = 50_000;

interface Held {
  /** Until then everything waits, so that nothing new overtakes what waits already. */
  readonly until: number;
  /** Each one that waits has a turn of its own, or all would be opened again each minute. */
  readonly next: number;
}

interface State {
  readonly options: PodPaceOptions;
  readonly now: () => number;
  readonly allowance: Allowance;
  readonly held: LRUCache<string, Held>;
  readonly warned: LRUCache<string, number>;
  /** Public ones that were worked on. */
  readonly payloads: LRUCache<string, true>;
}

export function createPodPace(options: PodPaceOptions): PodPace {
  const { now = () => performance.now() } = options;
  const state: State = {
    options,
    now,
    allowance: createAllowance(() => options.perHour, now),
    held: new LRUCache({ max: HOSTS }),
    warned: new LRUCache({ max: HOSTS }),
    payloads: new LRUCache({ max: PAYLOADS }),
  };
  return {
    isOver: (claimedHost) => isOver(state, claimedHost),
    heed: (received, work) => heed(state, received, work),
    hold(claimedHost) {
      const { until, next: last } = close(state, claimedHost);
      const next = Math.max(until, last + HOUR_MS / options.perHour);
      state.held.set(claimedHost, { until, next });
      return new Date(Date.now() + next - now());
    },
    heldElsewhere(claimedHost) {
      if (!isHeld(state, claimedHost)) closeNow(state, claimedHost);
    },
  };
}

function isOver(state: State, host: string): boolean {
  if (!isHeld(state, host) && !state.allowance.isOver(host)) return false;
  warn(state, host);
  return true;
}

function isHeld({ held, now }: State, host: string): boolean {
  return (held.get(host)?.until ?? Number.NEGATIVE_INFINITY) > now();
}

function warn({ now, options, warned }: State, host: string): void {
  if (now() - (warned.get(host) ?? Number.NEGATIVE_INFINITY) < WARN_MS) return;
  warned.set(host, now());
  const facts = { host: host.slice(0, 255), perHour: options.perHour };
  options.log.warn(facts, "a pod sends more than is worked on in an hour: the rest waits");
}

function close(state: State, host: string): Held {
  const before = state.held.get(host);
  if (before !== undefined && isHeld(state, host)) return before;
  state.options.onHeld?.(host);
  return closeNow(state, host);
}

function closeNow({ held, now }: State, host: string): Held {
  const next = held.get(host)?.next ?? Number.NEGATIVE_INFINITY;
  const closed = { until: now() + HOLD_MS, next };
  held.set(host, closed);
  return closed;
}

async function heed<T>(
  state: State,
  received: ReceivedActivity,
  work: () => Promise<T>,
): Promise<T> {
  const host = hostOf(received.sender);
  const name = nameOf(received);
  const counts = await isNew(state, received, name);
  if (counts && isOver(state, host)) {
    close(state, host);
    throw new DxError("DX_POD_LIMIT");
  }
  try {
    const done = await work();
    note();
    return done;
  } catch (error) {
    // That comes again by itself.
    if (!isDxError(error, "DX_STORE_UNAVAILABLE")) note();
    throw error;
  }

  function note(): void {
    if (counts) state.allowance.take(host);
    if (received.recipient === null) state.payloads.set(name, true);
  }
}

async function isNew(
  { options, payloads }: State,
  { activity, recipient }: ReceivedActivity,
  name: string,
): Promise<boolean> {
  // What is addressed to somebody is in nobody else's hands.
  if (recipient !== null) return true;
  if (payloads.has(name)) return false;
  const { object } = activity;
  // Other words under the same GUID are new.
  if (!("guid" in object) || "edited" in object) return true;
  return !(await options.isKnown(object.guid));
}

function nameOf({ sender, payloadXml }: ReceivedActivity): string {
  return createHash("sha256").update(`${sender}\n${payloadXml}`).digest("base64");
}
