import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AttendanceActivity,
  OpinionActivity,
  VoteActivity,
} from "../../../src/activitystreams/activity.ts";
import {
  attachmentsOf,
  changeAttachments,
  differences,
  isLike,
  NO_ATTACHMENTS,
  readAttachments,
} from "../../../src/pep/attachments.ts";
import { summaryOf } from "../../../src/pep/attachments-summary.ts";
import type { XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { ALICE, CARL, seen } from "./entry-world.ts";

const NS = "urn:xmpp:pubsub-attachments:1";
const AT = new Date("2026-04-05T06:07:08Z");
const ANSWER = guidNumber(5);

const actor = { network: "diaspora", id: ALICE.diasporaId } as const;
const base = { actor, audience: "public", published: AT } as const;

const opinion = (verb: "like" | "dislike" = "like"): OpinionActivity => ({
  ...base,
  verb,
  object: { type: "opinion", guid: guidNumber(1), about: { type: "post", guid: guidNumber(2) } },
});
const vote = (answer = ANSWER, published = AT): VoteActivity => ({
  ...base,
  verb: "vote",
  published,
  object: { type: "vote", guid: guidNumber(3), question: guidNumber(4), answer },
});
const attendance = (verb: AttendanceActivity["verb"]): AttendanceActivity => ({
  ...base,
  verb,
  object: { type: "attendance", guid: guidNumber(6), event: guidNumber(7) },
});

function read(xml: string): ReturnType<typeof readAttachments> {
  return readAttachments(readXml(xml));
}

const wire = (element: XmlElement): XmlElement => readXml(serialise(element));

test("what XEP-0470's own examples attach is read", () => {
  assert.deepEqual(
    read(
      `<attachments xmlns='${NS}'><noticed timestamp='2022-07-11T12:07:24Z'/><reactions timestamp='2022-07-11T12:07:48Z'><reaction>👷</reaction><reaction>🔨</reaction><reaction>👷</reaction></reactions></attachments>`,
    ),
    { ...NO_ATTACHMENTS, noticed: true, reactions: ["👷", "🔨"] },
  );
});

for (const [ns, answer, attending] of [
  ["urn:xmpp:calendar-events:0", "yes", "rsvp-yes"],
  ["urn:xmpp:calendar-events:0", "no", "rsvp-no"],
  ["urn:xmpp:events:0", "maybe", "rsvp-maybe"],
  ["urn:xmpp:events:0", "perhaps", null],
  ["urn:example:0", "yes", null],
] as const) {
  test(`the answer ${answer} in ${ns} is ${String(attending)}`, () => {
    const found = read(
      `<attachments xmlns='${NS}'><rsvp xmlns='${ns}'><x xmlns='jabber:x:data' type='submit'><field var='attending'><value>${answer}</value></field></x></rsvp></attachments>`,
    );
    assert.equal(found?.attending, attending);
  });
}

for (const [what, xml] of [
  ["another namespace", "<attachments xmlns='http://jabber.org/protocol/pubsub'/>"],
  ["another element", `<attachment xmlns='${NS}'/>`],
] as const) {
  test(`${what} is no attachments`, () => {
    assert.equal(read(xml), null);
  });
}

test("no attachments have more reactions, or longer ones, than people make", () => {
  const many = Array.from({ length: 100 }, (_, n) => `<reaction>${String(n)}</reaction>`).join("");
  const found = read(
    `<attachments xmlns='${NS}'><reactions><reaction>${"x".repeat(33)}</reaction><reaction> </reaction>${many}</reactions></attachments>`,
  );
  assert.equal(found?.reactions.length, 20);
  assert.equal(found.reactions[0], "0");
});

test("pitfall 37: what nobody here knows stays when something is changed", () => {
  const before = readXml(
    `<attachments xmlns='${NS}'><bookmark xmlns='urn:example:0' private='true'><note>mine</note></bookmark><noticed timestamp='2022-07-11T12:07:24Z' x='1'/><reactions><reaction>🔨</reaction></reactions></attachments>`,
  );
  const after = wire(changeAttachments(before, { vote: ANSWER }, AT));
  assert.equal(
    serialise(after),
    `<attachments xmlns="${NS}"><bookmark xmlns="urn:example:0" private="true"><note>mine</note></bookmark><noticed timestamp="2022-07-11T12:07:24Z" x="1"/><reactions><reaction>🔨</reaction></reactions><vote xmlns="urn:diaspora-x:0" answer="${ANSWER}" timestamp="2026-04-05T06:07:08.000Z"/></attachments>`,
  );
  const undone = changeAttachments(after, { noticed: false, vote: null, reactions: [] }, AT);
  assert.equal(
    serialise(undone),
    `<attachments xmlns="${NS}"><bookmark xmlns="urn:example:0" private="true"><note>mine</note></bookmark></attachments>`,
  );
});

test("what is changed is read as it was changed", () => {
  const all = {
    noticed: true,
    reactions: ["👍", "🔨"],
    vote: ANSWER,
    attending: "rsvp-maybe",
  } as const;
  assert.deepEqual(readAttachments(wire(changeAttachments(null, all, AT))), all);
  const less = { ...all, reactions: [], attending: null };
  const changed = changeAttachments(changeAttachments(null, all, AT), less, AT);
  assert.deepEqual(readAttachments(wire(changed)), less);
});

test("pitfall 81: a like is one, however it is said, and however often", () => {
  const noticed = { ...NO_ATTACHMENTS, noticed: true };
  const both = { ...noticed, reactions: ["👍🏽", "❤️"] };
  const hammer = { ...NO_ATTACHMENTS, reactions: ["🔨"] };
  assert.deepEqual([noticed, both, hammer].map(isLike), [true, true, false]);
  assert.deepEqual(differences(noticed, both), {});
  assert.deepEqual(differences(both, { ...both, noticed: false }), {});
  assert.deepEqual(differences(hammer, both), { like: true });
  assert.deepEqual(differences(both, hammer), { like: false });
});

test("a changed vote and a changed answer are told, and nothing else", () => {
  const before = { ...NO_ATTACHMENTS, vote: ANSWER };
  assert.deepEqual(differences(NO_ATTACHMENTS, before), { vote: ANSWER });
  assert.deepEqual(differences(before, { ...before, attending: "rsvp-no" }), {
    attending: "rsvp-no",
  });
  assert.deepEqual(differences(before, NO_ATTACHMENTS), { vote: null });
});

test("everything that one person did is in one item, the newest of a kind", () => {
  const later = vote(guidNumber(8), new Date("2026-05-01T00:00:00Z"));
  const payload = attachmentsOf([
    seen(later),
    seen(opinion()),
    seen(vote()),
    seen(attendance("rsvp-yes")),
  ]);
  assert.deepEqual(readAttachments(wire(payload)), {
    noticed: true,
    reactions: [],
    vote: guidNumber(8),
    attending: "rsvp-yes",
  });
  assert.deepEqual(readAttachments(wire(attachmentsOf([seen(opinion("dislike"))])))?.reactions, [
    "👎",
  ]);
});

test("a summary counts people, not what they did", () => {
  const all = [
    ...[seen(opinion()), seen(opinion()), seen(vote()), seen(attendance("rsvp-yes"))],
    ...[seen(opinion(), CARL), seen(attendance("rsvp-yes"), CARL)],
  ];
  assert.equal(
    serialise(summaryOf(all)),
    `<summary xmlns="urn:xmpp:pubsub-attachments:summary:1"><noticed count="2"/><vote xmlns="urn:diaspora-x:0" answer="${ANSWER}" count="1"/><rsvp xmlns="urn:xmpp:calendar-events:0" attending="yes" count="2"/></summary>`,
  );
  assert.equal(
    serialise(summaryOf([seen(opinion("dislike"))])),
    `<summary xmlns="urn:xmpp:pubsub-attachments:summary:1"><reactions><reaction>👎</reaction></reactions></summary>`,
  );
  assert.equal(
    serialise(summaryOf([])),
    '<summary xmlns="urn:xmpp:pubsub-attachments:summary:1"/>',
  );
});
