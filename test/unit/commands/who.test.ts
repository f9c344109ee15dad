import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reach } from "../../../src/activitystreams/reach.ts";
import { diasporaId, remotePerson } from "../../support/fixtures.ts";
import { ALICE, commandBench, LIMITED, NEW } from "./support.ts";

const occasion = { it: () => Promise.resolve(NEW), key: "key" };

async function asked(reach: Reach, target?: string): Promise<unknown> {
  const { commands, facts } = commandBench();
  facts.reach = reach;
  const command = commands.all.find(({ node }) => node === "who");
  return await command?.run(ALICE, target === undefined ? {} : { target }, occasion);
}

test("who can see a public post: everybody, and the pods that have it", async () => {
  assert.deepEqual(await asked({ audience: "public", pods: ["https://pod.example/"] }, "it"), {
    said: "Everybody can see it.",
    lines: ["1 pod (have it or get it):", "  pod.example"],
    about: NEW,
  });
});

test("who can see a post to few: each by name, and who gets no more of it", async () => {
  const bob = remotePerson({ name: "Bob", diasporaId: diasporaId("bob@pod.example") });
  const carol = remotePerson({ name: "", diasporaId: diasporaId("carol@pod.example") });
  const reach = { audience: "limited", people: [bob], former: [carol], ownNode: true } as const;
  assert.deepEqual(await asked(reach, "it"), {
    said: "Only some people can see it.",
    lines: [
      "1 person (each of them encrypted):",
      "  Bob (bob@pod.example)",
      "1 person (had it, and get no more):",
      "  carol@pod.example",
      "and on the XMPP side whoever your own server shows it to",
    ],
    about: NEW,
  });
});

test("who can see what somebody else wrote for few, only their pod knows", async () => {
  const author = diasporaId("alice@pod.example");
  const reach = { audience: "others", author, public: false } as const;
  assert.deepEqual(await asked(reach, "it"), {
    said: "You, and whom alice@pod.example chose: only their pod knows who that is.",
    lines: [],
    about: NEW,
  });
});

test("who would see what is posted now: in one's own microblog, and with the command", async () => {
  assert.deepEqual(await asked({ audience: "limited", people: [], former: [], ownNode: true }), {
    said: "What you post now:",
    lines: [
      "In your own microblog: not everybody can read it; on the diaspora* federation:",
      "nobody on the federation",
      "and on the XMPP side whoever your own server shows it to",
      "With “post”, to your contacts:",
      "1 person (each of them encrypted):",
      `  Alice (${LIMITED.audience === "limited" ? (LIMITED.people[0]?.diasporaId ?? "") : ""})`,
    ],
  });
});
