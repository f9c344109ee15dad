/**
 * `npm run simulate -- [--people N] …`: what so many people would cost, counted with what was
 * measured of one (scripts/simulate/costs.ts). Nothing is sent and nothing is stored.
 */
import { parseArgs } from "node:util";
import { describeError } from "../src/errors/error.ts";
import { count } from "./simulate/count.ts";
import { WORLD, type World } from "./simulate/model.ts";
import {
  figuresOf,
  growthOf,
  rsaCores,
  short,
  standingOf,
  totalBytes,
  type Growth,
} from "./simulate/report.ts";

const USAGE = `usage: npm run simulate -- [options]
  --people N      who take part here (${String(WORLD.people)})
  --elsewhere X   people of the federation for each of them (${String(WORLD.elsewhere)})
  --pods N        on so many pods (${String(WORLD.pods)})
  --follows N     whom somebody follows, on the average (${String(WORLD.follows)})
  --across X      of those, the part on the other network (${String(WORLD.across)})
  --active X      of all people, those who write on a day (${String(WORLD.active)})
  --posts X       of one of those, posts in a day (${String(WORLD.perDay.posts)})`;

function readWorld(): World {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      people: text,
      elsewhere: text,
      pods: text,
      follows: text,
      across: text,
      active: text,
      posts: text,
    },
  });
  const number = (name: keyof typeof values, otherwise: number): number => {
    const value = Number(values[name]?.replaceAll("_", "") ?? otherwise);
    if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} is no number above 0`);
    return value;
  };
  return {
    ...WORLD,
    people: number("people", WORLD.people),
    elsewhere: number("elsewhere", WORLD.elsewhere),
    pods: number("pods", WORLD.pods),
    follows: number("follows", WORLD.follows),
    across: number("across", WORLD.across),
    active: number("active", WORLD.active),
    perDay: { ...WORLD.perDay, posts: number("posts", WORLD.perDay.posts) },
  };
}

function say(world: World): void {
  const counted = count(world);
  const { podsOfPost, readersOfPost } = counted.flows;
  console.log(
    `${short(world.people)} people here, ${short(world.people * world.elsewhere)} on ` +
      `${short(world.pods)} pods; a post of here goes to ${short(podsOfPost)} pods, one of a pod ` +
      `to ${short(readersOfPost)} readers, on the average\n`,
  );
  console.log(`${"in a second".padEnd(40)}${"average".padStart(10)}${"busiest hour".padStart(15)}`);
  for (const { name, mean, peak } of figuresOf(counted, world)) {
    console.log(`${name.padEnd(40)}${short(mean).padStart(10)}${short(peak).padStart(15)}`);
  }
  console.log(`\nRSA of the busiest hour: ${short(rsaCores(counted, world))} cores\n`);
  list("people, and what is between them", standingOf(counted));
  list("\nmore in a day", growthOf(counted));
}

function list(title: string, growth: readonly Growth[]): void {
  console.log(`${title.padEnd(40)}${"rows".padStart(10)}${"bytes".padStart(15)}`);
  for (const { table, rows, bytes } of growth) {
    console.log(`${table.padEnd(40)}${short(rows).padStart(10)}${short(bytes).padStart(15)}`);
  }
  console.log(`${"all".padEnd(50)}${short(totalBytes(growth)).padStart(15)}`);
}

try {
  say(readWorld());
} catch (error) {
  console.error(`${describeError(error)}\n${USAGE}`);
  process.exitCode = 2;
}
