import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { STEPS, type Numbers } from "./histories/steps.ts";
import { createWorld, type World } from "./histories/world.ts";

/** Longer, or the one that failed: HISTORIES=500 SEED=-12345 node --test …. */
const RUNS = process.env["HISTORIES"];
const SEED = process.env["SEED"];
const AFFORDED_MS = 8_000;

type History = readonly (readonly [string, Numbers])[];

const NAMES = Object.keys(STEPS);
/** What makes the others meet something. */
const OFTEN = [
  ...["postLimited", "postLimited", "postLimited", "comesLimited", "comesLimited"],
  ...["comment", "commentComes", "withdraw", "unshare", "remove", "remove", "remove", "again"],
];
const number = fc.nat(99);
const step = fc.tuple(
  fc.constantFrom(...NAMES, ...OFTEN, ...OFTEN),
  fc.tuple(number, number, number),
);

const bob = (name: string, whom = 0): History[number] => [name, [0, whom, 0]];
const newest = (name: string): History[number] => [name, [99, 1, 0]];
const [CAROL, DAN, NEWEST] = [54, 51, 99];
/** What hardly ever comes about by chance. */
const readsAlong = [bob("postPublic"), bob("deliver"), bob("share", DAN), bob("comment", NEWEST)];
const THEMES: readonly History[] = [
  // Somebody reads along for a while, and so has what was said then.
  [...readsAlong, bob("deliver"), bob("unshare", DAN), newest("remove")],
  [...readsAlong, bob("deliver"), bob("unshare", DAN), newest("removePost")],
  // It waits, and the reader is none any more.
  [bob("postLimited"), bob("withdraw", CAROL), bob("deliver")],
  [bob("postLimited"), bob("unshare"), bob("share"), bob("deliver")],
  [bob("postLimited"), bob("deliver"), bob("comment", NEWEST), bob("block"), newest("remove")],
];
const places = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
const history: fc.Arbitrary<History> = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: step.map((one): History => [one]) },
      { weight: 1, arbitrary: fc.constantFrom(...THEMES) },
    ),
    { minLength: 12, maxLength: 30, size: "max" },
  )
  .map((parts) => parts.flat());

/** bob and dave have contacts on two pods; nobody knows dan yet. */
const BEFORE: History = [
  ...[bob("share"), bob("accept"), bob("follow")],
  ...[bob("follow", CAROL), bob("share", CAROL), bob("accept", CAROL)],
  ["follow", [52, 0, 0]],
  ["share", [52, 53, 0]],
  ["accept", [52, 53, 0]],
  ["follow", [52, 53, 1]],
];

async function live(world: World, steps: History): Promise<void> {
  for (const [name, numbers] of [...BEFORE, ...steps]) await STEPS[name]?.(world, numbers);
}

/** Each place that got something of a local post, or something of a local person, heard of its end. */
function everyEndIsHeard({ model, held, ended, remote }: World): void {
  for (const [address, guids] of held) {
    const heard = ended.get(address) ?? new Set();
    for (const thing of model.things) {
      if (!thing.deleted || !guids.has(thing.guid)) continue;
      const { author, root, guid, token } = thing;
      // It is not told to whom told of it, nor by us of a post that is another's.
      const isTellers = author in remote && address.startsWith(podOf(author, remote));
      const isOthers = root.author in remote;
      if (isTellers || isOthers) continue;
      assert.ok(heard.has(guid) || heard.has(root.guid), `${address} hears of ${token}'s end`);
    }
  }
}

function podOf(name: string, remote: World["remote"]): string {
  return Object.entries(remote).find(([one]) => one === name)?.[1].podUrl ?? "nowhere";
}

/** Nobody waits longer for it on a slow machine: there it tries fewer. */
async function affordable(): Promise<number> {
  await using first = await createWorld();
  const began = performance.now();
  await live(first, THEMES.flat());
  await first.deliver();
  await first.look();
  return Math.max(3, Math.min(40, Math.floor(AFFORDED_MS / (2 * (performance.now() - began)))));
}

test("whatever happens, limited words reach nobody outside their audience, and ends are final", async () => {
  let limited = 0;
  await fc.assert(
    fc.asyncProperty(history, places, async (steps, order) => {
      await using world = await createWorld();
      await live(world, steps);
      await world.deliver();
      const before = await world.look();
      everyEndIsHeard(world);
      // All of it again, in another order.
      const again = world.inbound
        .map((message, index) => ({ message, place: order[index % order.length] ?? 0 }))
        .sort((one, other) => one.place - other.place);
      for (const { message } of again) await world.receive(message);
      await world.deliver();
      assert.deepEqual(await world.look(), before, "what comes again changes nothing");
      limited += world.limited;
    }),
    {
      numRuns: RUNS === undefined ? await affordable() : Number(RUNS),
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    },
  );
  assert.ok(limited > 0, "limited words went to those for whom they are");
});
