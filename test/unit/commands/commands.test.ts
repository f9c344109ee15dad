import assert from "node:assert/strict";
import { test } from "node:test";
import { validValues, type Occasion, type Report } from "../../../src/commands/definition.ts";
import { readLine, valuesOf, wordOf } from "../../../src/commands/line.ts";
import type { OwnOutcome } from "../../../src/commands/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import { ALICE, commandBench, found, NEW, who, type CommandBench } from "./support.ts";

const IT = guidNumber(5);
const OCCASION: Occasion = { it: () => Promise.resolve(IT), key: "k1", messageId: "m1" };

async function say(
  bench: CommandBench,
  typed: string,
  occasion: Occasion = OCCASION,
): Promise<Report> {
  const { word, rest } = readLine(typed);
  const command = bench.commands.all.find((one) => wordOf(one) === word);
  assert.ok(command, word);
  const { fields } = await command.form(ALICE);
  const values = validValues(fields, valuesOf(command, fields, rest));
  const report = await command.run(ALICE, values, occasion);
  return typeof report === "string" ? { said: report } : report;
}

const act = (name: string, facts: object): string =>
  `${name} ${JSON.stringify({ jid: ALICE, ...facts })}`;

const DONE: readonly (readonly [typed: string, call: string, said: RegExp])[] = [
  ["follow bob@pod.example", 'follow "bob@pod.example"', /^You follow BOB \(bob@pod\.example\)/],
  ["unfollow bob@pod.example", 'unfollow "bob@pod.example"', /no longer follow/],
  ["block bob@pod.example", 'block "bob@pod.example"', /is blocked/],
  ["unblock bob@pod.example", 'unblock "bob@pod.example"', /no longer blocked/],
  ["lookup bob@pod.example", 'lookup "bob@pod.example"', /^BOB \(bob@pod\.example\)$/],
  ["like", act("like", { about: IT }), /^Liked/],
  [`like ${NEW}`, act("like", { about: NEW }), /^Liked/],
  ["unlike it", act("unlike", { about: IT }), /no longer like/],
  ["reshare", act("share", { root: IT }), /^Passed on/],
  ["vote 2", act("vote", { post: IT, answer: 2 }), /^Voted/],
  ["rsvp maybe", act("attend", { post: IT, verb: "rsvp-maybe" }), /host is told/],
  [
    "comment Fine",
    act("comment", { about: IT, markdown: "md(Fine)", key: "k1", messageId: "m1" }),
    /^Commented/,
  ],
  [
    "message bob@pod.example Hi",
    act("send", {
      ...{ to: "bob@pod.example", markdown: "md(Hi)", subject: null, thread: null },
      ...{ messageId: null, key: "k1" },
    }),
    /^On its way/,
  ],
  ["preferences reads=chat listed=1", 'setPreferences {"reads":"chat","listed":true}', /are kept/],
];
for (const [typed, call, said] of DONE) {
  test(`“${typed}” is done once, and said to be`, async () => {
    const bench = commandBench();
    const report = await say(bench, typed);
    assert.deepEqual(bench.calls, [call]);
    assert.match(report.said, said);
  });
}

test("a post goes into one's own node where that can be, else it lives here, and that is said", async () => {
  const bench = commandBench();
  const here = await say(bench, "post Hello");
  assert.deepEqual(bench.calls, [
    'publishOwn {"markdown":"md(Hello)","key":"k1"}',
    act("post", { markdown: "md(Hello)", audience: "public", key: "k1" }),
  ]);
  assert.match(here.said, /lives here: xmpp:dx\.example\.org\?/);
  assert.equal(here.about, NEW);
  bench.calls.length = 0;
  bench.facts.own = guidNumber(98);
  const there = await say(bench, "post Hello");
  assert.match(there.said, /own microblog/);
  assert.equal(there.about, guidNumber(98), "“it” is the new post, not the one before");
  assert.deepEqual(bench.calls, ['publishOwn {"markdown":"md(Hello)","key":"k1"}']);
});

test("a post to contacts never goes into a node that anybody may read", async () => {
  const bench = commandBench();
  bench.facts.own = guidNumber(98);
  await say(bench, "post to=contacts Hello");
  assert.deepEqual(bench.calls, [
    act("post", { markdown: "md(Hello)", audience: "limited", key: "k1" }),
  ]);
});

const OWN: readonly (readonly [
  outcome: OwnOutcome,
  edited: readonly string[],
  changed: RegExp,
  deleted: RegExp,
])[] = [
  ["done", [], /^Changed in your own microblog/, /in your own microblog too/],
  [
    "not-possible",
    [act("edit", { guid: IT, markdown: "md(Better)" })],
    /for your client to change/,
    /delete it there with your client/,
  ],
  [
    "elsewhere",
    [act("edit", { guid: IT, markdown: "md(Better)" })],
    /^Changed\.$/,
    /^Deleted\. The pods that have it are told\.$/,
  ],
];
for (const [outcome, edited, changed, deleted] of OWN) {
  test(`what a command changes or deletes is said of one's own node too: ${outcome}`, async () => {
    const bench = commandBench();
    bench.facts.ownOutcome = outcome;
    assert.match((await say(bench, "edit Better")).said, changed);
    assert.deepEqual(bench.calls, [`editOwn "${IT}" "md(Better)"`, ...edited]);
    bench.calls.length = 0;
    assert.match((await say(bench, `delete ${NEW}`)).said, deleted);
    assert.deepEqual(bench.calls, [act("retract", { guid: NEW }), `retractOwn "${NEW}"`]);
  });
}

test("followers and those who are followed are listed apart", async () => {
  const bench = commandBench();
  bench.facts.contacts = [
    found(diasporaId("ann@a.example"), { following: true, sharing: true }),
    found(diasporaId("ben@b.example"), { following: false, sharing: true }),
  ];
  assert.deepEqual((await say(bench, "following")).lines, ["ANN (ann@a.example)"]);
  const followers = await say(bench, "followers");
  assert.equal(followers.said, "2 people:");
  assert.equal(followers.lines?.length, 2);
  bench.facts.contacts = [];
  assert.equal((await say(bench, "followers")).said, "Nobody follows you.");
});

test("the export comes in pieces that follow one another, and ends", async () => {
  const bench = commandBench();
  bench.facts.kept = 70;
  const numbers: string[] = [];
  let next: string | undefined = "1";
  for (let pieces = 0; next !== undefined; pieces += 1) {
    assert.ok(pieces < 10);
    const report = await say(bench, `export ${next}`);
    const lines = report.lines ?? [];
    assert.ok(Buffer.byteLength(lines.join("\n")) < 40_000);
    for (const line of lines) {
      const kept = JSON.parse(line) as { object: { guid: string } };
      numbers.push(kept.object.guid);
    }
    next = /export (\d+)/.exec(report.said)?.[1];
  }
  assert.deepEqual(
    numbers,
    Array.from({ length: 70 }, (_, index) => guidNumber(index + 1)),
  );
  assert.match((await say(bench, "export 71")).said, /was all/);
});

test("pitfall 23: many retractions wait for the person's word, which is counted", async () => {
  const bench = commandBench();
  const purge = bench.commands.all.find((one) => one.node === "purge");
  assert.equal(purge?.confirm, true);
  assert.match((await say(bench, "purge")).said, /Nothing waits/);
  bench.facts.purged = 12;
  assert.match((await say(bench, "purge")).said, /^12 posts are deleted/);
});

test("pitfall 84: who has not registered is offered that alone, and refused the rest", async () => {
  const bench = commandBench();
  const eve = who("eve@example.org");
  const offered: string[] = [];
  for (const command of bench.commands.all) {
    if (await command.mayUse(eve)) offered.push(wordOf(command));
    else {
      const refused = (error: unknown): boolean => isDxError(error, "DX_NOT_REGISTERED");
      await assert.rejects(command.form(eve), refused, command.node);
      await assert.rejects(command.run(eve, {}, OCCASION), refused, command.node);
    }
  }
  assert.deepEqual(offered, ["register"]);
  assert.deepEqual(bench.calls, []);
});

const WRONG: readonly (readonly [typed: string, code: "DX_BAD_REQUEST" | "DX_JID_MALFORMED"])[] = [
  ["post", "DX_BAD_REQUEST"],
  ["follow", "DX_BAD_REQUEST"],
  ["follow nobody", "DX_JID_MALFORMED"],
  ["vote two", "DX_BAD_REQUEST"],
  ["vote 0", "DX_BAD_REQUEST"],
  ["rsvp perhaps", "DX_BAD_REQUEST"],
  ["preferences reads=loud", "DX_BAD_REQUEST"],
  ["export -1", "DX_BAD_REQUEST"],
  [`post ${"x".repeat(65_536)}`, "DX_BAD_REQUEST"],
];
for (const [typed, code] of WRONG) {
  test(`“${typed.slice(0, 30)}” is refused and nothing is done`, async () => {
    const bench = commandBench();
    await assert.rejects(say(bench, typed), (error) => isDxError(error, code));
    assert.deepEqual(bench.calls, []);
  });
}

test("“it” is nothing where nothing was read", async () => {
  const bench = commandBench();
  const nothing: Occasion = { ...OCCASION, it: () => Promise.resolve(null) };
  await assert.rejects(say(bench, "like", nothing), (error) =>
    isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
});

test("clients know some commands by their nodes", () => {
  const nodes = commandBench().commands.all.map((command) => command.node);
  for (const node of ["jabber:iq:register", "preferences", "unregister"]) {
    assert.ok(nodes.includes(node), node);
  }
  assert.equal(new Set(nodes).size, nodes.length);
});
