/** One look at a person's node: what it may conclude, and when the next one is due. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFeed, type FeedCheckOptions } from "../../../src/connector/feed-check.ts";
import type { FeedCheck, FeedState } from "../../../src/connector/ports.ts";
import { jid } from "../../support/fixtures.ts";

const BOB = jid("bob@example.org");
const SIX_HOURS = 6 * 3_600_000;

function state(changes: Partial<FeedState> = {}): FeedState {
  return {
    personKey: "1",
    jid: BOB,
    subscribed: true,
    baseline: true,
    since: new Date(0),
    checks: 0,
    delivers: true,
    way: "subscription",
    watching: true,
    auditDue: false,
    few: false,
    ...changes,
  };
}

interface Looked {
  readonly check: FeedCheck | undefined;
  /** What it compared with what is known. */
  readonly compared: readonly string[][];
}

async function look(
  feed: FeedState,
  found: readonly string[],
  connection = (): number => 1,
): Promise<Looked> {
  const compared: string[][] = [];
  let check: FeedCheck | undefined;
  const options: FeedCheckOptions = {
    ports: {
      seenItems: () => Promise.resolve(new Map()),
      feedChecked: (_, done) => {
        check = done;
        return Promise.resolve();
      },
      doubts: { placeItems: () => Promise.resolve() },
    },
    reader: {
      readUnseen: () => Promise.resolve({ state: "read", items: [], found }),
      subscribe: () => Promise.resolve(true),
    },
    collector: {
      collect: () => Promise.resolve(),
      ask: () => Promise.resolve(true),
      closed: () => Promise.resolve(),
    },
    doubts: {
      compare: (_, ids) => Promise.resolve(void compared.push([...ids])),
      emptied: () => Promise.resolve(),
    },
    heard: () => true,
    silent: () => undefined,
    connection,
    now: () => 0,
  };
  await checkFeed(feed, options);
  return { check, compared };
}

test("a look during which the stream was cut and came back is none: the next one is due", async () => {
  let connection = 1;
  const cut = () => connection++;
  const { check } = await look(state({ auditDue: true }), ["a"], cut);
  assert.deepEqual(check, {
    watched: false,
    subscribed: false,
    baseline: true,
    missed: false,
    audited: false,
    nextCheckAt: new Date(0),
  });
});

test("what was taken back before there was a subscription is found by the look that makes it", async () => {
  const { compared } = await look(state({ subscribed: false }), ["a", "b"]);
  assert.deepEqual(compared, [["a", "b"]]);
});

test("where retractions are told nothing is compared but once a day, and looks are seldom", async () => {
  const { check, compared } = await look(state(), ["a"]);
  assert.deepEqual([compared, check?.nextCheckAt], [[], new Date(SIX_HOURS)]);
  assert.deepEqual((await look(state({ auditDue: true }), ["a"])).compared, [["a"]]);
});

test("pitfall 22: where caps bring posts only, looks compare, soon after a post and then seldom", async () => {
  const waits: unknown[] = [];
  for (const checks of [0, 1, 5, 20]) {
    const { check, compared } = await look(state({ way: "presence", checks }), ["a"]);
    assert.deepEqual(compared, [["a"]]);
    waits.push(check?.nextCheckAt.getTime());
  }
  assert.deepEqual(waits, [5_000, 10_000, 160_000, SIX_HOURS]);
});
