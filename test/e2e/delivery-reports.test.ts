/**
 * A post for twenty pods, of which one is dead, one refuses, one has a fault of its own twice, and
 * on one somebody has blocked the author: what the author is told in the chat and by ad-hoc
 * command, and the operator at the terminal; and that asking for it again helps.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { main } from "../../src/cli.ts";
import { firstRow, openDatabase, run, type Database } from "../../src/store/database.ts";
import { attr, until, xml, type TestClient } from "../support/e2e-client.ts";
import { ourPerson, told } from "../support/e2e-posts.ts";
import { optIn } from "../support/e2e-social.ts";
import { COMPONENT, startWorld, type World } from "../support/e2e-world.ts";
import { contact } from "../support/peer-messages.ts";
import { newPerson } from "../support/peer-person.ts";
import { postPrivate } from "../support/peer.ts";

const PODS = Array.from({ length: 20 }, (_, index) => `pod-${String(index + 1).padStart(2, "0")}`);
const people = PODS.map((pod) => newPerson(`nina@${pod}.example`, 1024));
const GOOD = PODS.slice(4).map((pod) => `${pod}.example`);
const ARRIVED = `Arrived: ${GOOD.join(", ")}.`;
const NS_COMMANDS = "http://jabber.org/protocol/commands";

let world: World;
let db: Database;
let anna: TestClient;
let guid = "";

before(async () => {
  world = await startWorld({ server: "loopback", people, forceNodeConfig: true, quickKeys: true });
  db = openDatabase({ url: world.database.url, poolSize: 1 });
  anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  const me = await ourPerson(world.peer, anna);
  for (const one of people) {
    await postPrivate(world.peer, me, contact(one, me.id, "start"), one);
  }
  await count("contacts", "relationships where sharing", 20);
  const [, , , dora] = people;
  assert.ok(dora !== undefined);
  await postPrivate(world.peer, me, contact(dora, me.id, "block"), dora);
  await count("a block", "relationships where blocking", 1);
  await count(
    "a quiet queue",
    "deliveries join destinations d on d.id = destination_id where kind in ('pod', 'person')",
    0,
  );
});
after(async () => {
  await db.destroy();
  await world.close();
});

async function count(what: string, from: string, wanted: number): Promise<void> {
  await until(
    what,
    async () => {
      const row = await firstRow<{ count: number }>(
        db,
        `select count(*)::integer as count from ${from}`,
      );
      return row?.count === wanted;
    },
    60_000,
  );
}

/** What the gateway answers in the chat. */
async function say(text: string): Promise<string> {
  const before = anna.messages.length;
  await anna.send(xml("message", { to: COMPONENT, type: "chat" }, xml("body", {}, text)));
  const answer = await until(`an answer to ${text}`, () =>
    anna.messages.slice(before).find(({ from }) => from.startsWith(COMPONENT)),
  );
  return answer.body;
}

async function byAdhoc(target: string): Promise<string> {
  const ask = (attrs: Record<string, string>, ...children: ReturnType<typeof xml>[]) =>
    anna.iq(
      "set",
      COMPONENT,
      xml("command", { xmlns: NS_COMMANDS, node: "status", ...attrs }, ...children),
    );
  const form = (await ask({ action: "execute" })).stanza.getChild("command", NS_COMMANDS);
  assert.ok(form !== undefined);
  const field = xml("field", { var: "target" }, xml("value", {}, target));
  const filled = xml("x", { xmlns: "jabber:x:data", type: "submit" }, field);
  const sessionid = attr(form, "sessionid");
  const { stanza, type } = await ask({ action: "complete", sessionid }, filled);
  assert.equal(type, "result");
  return stanza.toString();
}

async function atTerminal(...args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const config = join(world.settings.dir, "config.yaml");
  const code = await main(["deliveries", ...args, "--config", config], {
    env: {},
    out: (line) => out.push(line),
    err: (line) => out.push(line),
    readInput: () => Promise.resolve(""),
  });
  assert.equal(code, 0, out.join("\n"));
  return out.join("\n");
}

const AT = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
const SOON = String.raw`next try (?:within a minute|in \d+ minutes?)`;
const DEAD = new RegExp(
  `^ *pod-01\\.example has not answered since ${AT}; ${SOON}; given up on \\d{4}-\\d\\d-\\d\\d: it breaks the connection off\\.$`,
  "m",
);
const REFUSING = new RegExp(
  `^ *pod-02\\.example did not take it, 2 times so far; ${SOON}: it does not allow that \\(403\\)\\.$`,
  "m",
);
const FAULTY = new RegExp(
  `^ *pod-03\\.example did not take it, 2 times so far; ${SOON}: it has a fault of its own \\(500\\)\\.$`,
  "m",
);
const MENDED =
  /^ *pod-03\.example has it, after 2 failed tries: it has a fault of its own \(500\)\.$/m;

function assertTold(text: string, wanted: readonly (RegExp | string)[]): void {
  for (const one of wanted) {
    if (typeof one === "string") assert.ok(text.includes(one), `${one}\nis not in\n${text}`);
    else assert.match(text, one);
  }
}

async function untilFailed(pod: string, attempts: number): Promise<void> {
  await count(
    `${pod} failed`,
    `deliveries q join destinations d on d.id = q.destination_id
     join activities a on a.id = q.activity_id and a.type = 'note'
     where d.address = 'https://${pod}.example/' and q.attempts = ${String(attempts)}`,
    1,
  );
}

test("twenty pods: the author is told of each that has no post, since when and why, and when it is tried", async () => {
  const { faultsAt } = world.peer;
  faultsAt.set("pod-01.example", ["refuse"]);
  faultsAt.set("pod-02.example", [403]);
  // Not a number of them: what else is on its way there would take one.
  faultsAt.set("pod-03.example", [500]);
  await say("post To twenty pods");
  const last = people[19];
  assert.ok(last !== undefined);
  guid = (await told(world.peer, last, { entity: "status_message" })).get("guid") ?? "";
  await count(
    "the good ones have it",
    "ledger l join activities a on a.id = l.activity_id where type = 'note'",
    16,
  );
  await untilFailed("pod-02", 2);
  await untilFailed("pod-03", 2);
  const head = "has arrived at 16 of 20 places; 3 are tried on; 1 has blocked you.";
  const blocked = "nina@pod-04.example has blocked you: nothing of yours goes there.";
  const all = [head, DEAD, REFUSING, FAULTY, blocked, ARRIVED];
  assertTold(await say(`status ${guid}`), all);
  assertTold(await byAdhoc(guid).then(textOf), all);
  assertTold(await say("status"), [
    `“To twenty pods”: Has arrived at 16 of 20 places; 3 are tried on; 1 has blocked you. (status ${guid})`,
  ]);
});

/** Of each value a line. */
function textOf(stanza: string): string {
  return stanza.replace(/<[^>]+>/g, "\n");
}

test("the operator is told the same at the terminal, and of all pods that are in trouble", async () => {
  assertTold(await atTerminal(anna.bare, guid), [
    "“To twenty pods”",
    "has arrived at 16 of 20 places; 3 are tried on; 1 has blocked the author.",
    ...[DEAD, REFUSING, FAULTY, ARRIVED],
    "nina@pod-04.example has blocked the author: nothing of theirs goes there.",
  ]);
  assertTold(await atTerminal(anna.bare), [`(status ${guid})`]);
  const trouble = await atTerminal();
  assertTold(trouble, [
    new RegExp(`^pod-01\\.example: \\d+ waiting, has not answered since ${AT}; ${SOON}: `, "m"),
    /^pod-02\.example: \d+ waiting; next try .*\(403\)$/m,
  ]);
  assert.ok(!trouble.includes("anna") && !trouble.includes("twenty"), trouble);
  const json: unknown = JSON.parse(await atTerminal(anna.bare, guid, "--json"));
  assert.ok(Array.isArray(json) && json.length === 1);
});

test("a retry by command brings it to whoever takes it by now, once", async () => {
  world.peer.faultsAt.delete("pod-03.example");
  assertTold(await say(`retry ${guid}`), ["It is brought to 3 places now."]);
  await count("a third", "ledger where outcome = 'delivered' and failures = 2", 1);
  assertTold(await say(`status ${guid}`), [
    MENDED,
    DEAD,
    "has arrived at 17 of 20 places; 2 are tried on",
  ]);
  world.peer.faultsAt.delete("pod-01.example");
  await say(`retry ${guid}`);
  const [dead] = people;
  assert.ok(dead !== undefined);
  await told(world.peer, dead, { entity: "status_message" });
  // The pod has it a moment before its answer is written down.
  await count(
    "the dead one's answer is noted",
    `ledger l join destinations d on d.id = l.destination_id
     join activities a on a.id = l.activity_id and a.type = 'note'
     where d.address = 'https://pod-01.example/' and l.outcome = 'delivered'`,
    1,
  );
  const mended = world.peer.receipts.filter(
    ({ host, status }) => host === "pod-03.example" && status === 202,
  );
  assert.equal(new Set(mended.map(({ body }) => body)).size, mended.length);
});

test("what a pod refuses for good is said to be so, and a retry brings it when the pod takes it after all", async () => {
  await untilFailed("pod-02", 4);
  await run(db, "update deliveries set attempts = 11 where attempts = 4");
  await say(`retry ${guid}`);
  await count("given up", "ledger where outcome = 'refused'", 1);
  assertTold(await say(`status ${guid}`), [
    "has arrived at 18 of 20 places; 1 did not take it; 1 has blocked you.",
    "pod-02.example refused it for good, after 12 tries: it does not allow that (403).",
  ]);
  world.peer.faultsAt.delete("pod-02.example");
  assertTold(await say(`retry ${guid}`), ["It is brought to 1 place now."]);
  const [, refusing] = people;
  assert.ok(refusing !== undefined);
  await told(world.peer, refusing, { entity: "status_message" });
  await count("all have it", "ledger where outcome = 'refused'", 0);
  assertTold(await say(`status ${guid}`), ["has arrived at 19 of 20 places; 1 has blocked you."]);
  assertTold(await say(`retry ${guid}`), ["There is no place that waits for it."]);
});
