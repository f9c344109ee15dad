import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EventObject } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { escapeMarkdown } from "../../../src/activitystreams/markdown.ts";
import { eventElement, eventFromElement } from "../../../src/pep/calendar-event.ts";
import { eventMarkdown } from "../../../src/pep/event-words.ts";
import { noteFromEvent } from "../../../src/pep/note-from-entry.ts";
import { childText, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { activities, WILD } from "../salmon/arbitrary-activities.ts";

const GUID = guidNumber(1);
const partGuid = (): Guid => GUID;
const NS = "urn:xmpp:calendar-events:0";

const BALL: EventObject = {
  type: "event",
  guid: GUID,
  summary: "Ball",
  start: new Date("2026-12-15T19:00:00Z"),
  allDay: false,
};

const wire = (element: XmlElement): XmlElement => readXml(serialise(element));
const when = (event: EventObject): string =>
  eventMarkdown(event, escapeMarkdown).split("\n")[1] ?? "";

for (const [what, change, words] of [
  ["no zone and no end", {}, "Tuesday, 15 December 2026, 19:00 (UTC)"],
  [
    "a zone",
    { timezone: "America/New_York" },
    "Tuesday, 15 December 2026, 14:00 (America/New_York)",
  ],
  [
    "a zone in which it ends on another day",
    { timezone: "Asia/Tokyo", end: new Date("2026-12-16T16:00:00Z") },
    "Wednesday, 16 December 2026, 04:00 – Thursday, 17 December 2026, 01:00 (Asia/Tokyo)",
  ],
  [
    "an end on the same day",
    { timezone: "Europe/Rome", end: new Date("2026-12-15T21:30:00Z") },
    "Tuesday, 15 December 2026, 20:00 – 22:30 (Europe/Rome)",
  ],
  [
    "a zone that is nowhere",
    { timezone: "Mars/Olympus_Mons" },
    "Tuesday, 15 December 2026, 19:00 (UTC)",
  ],
  [
    "a whole day, which is the same everywhere",
    { allDay: true, start: new Date("2026-12-15T00:00:00Z"), timezone: "America/New_York" },
    "Tuesday, 15 December 2026",
  ],
  [
    "some whole days",
    {
      allDay: true,
      start: new Date("2026-12-15T00:00:00Z"),
      end: new Date("2026-12-17T00:00:00Z"),
    },
    "Tuesday, 15 December 2026 – Thursday, 17 December 2026",
  ],
] as const) {
  test(`pitfall 83: an event with ${what} says when it is`, () => {
    assert.equal(when({ ...BALL, ...change }), `When: ${words}`);
  });
}

test("pitfall 83: the time zone and the whole day come back from the XMPP side", () => {
  const events: EventObject[] = [
    { ...BALL, timezone: "Europe/Rome", end: new Date("2026-12-15T21:30:00Z") },
    { ...BALL, allDay: true },
    {
      ...BALL,
      description: "With **music**",
      location: { address: "Verona", latitude: "45.4", longitude: "10.9" },
    },
  ];
  for (const event of events) {
    assert.deepEqual(eventFromElement(wire(eventElement(event)), partGuid), event);
  }
});

test("XEP-0471 has a name, a beginning and an end in every event", () => {
  const element = wire(eventElement(BALL));
  assert.deepEqual(
    ["name", "start", "end"].map((name) => childText(element, name)),
    ["Ball", "2026-12-15T19:00:00.000Z", "2026-12-15T19:00:00.000Z"],
  );
});

test("whatever a pod says of an event, it can be written and read again", () => {
  const events = activities(WILD)["event"];
  assert.ok(events !== undefined);
  fc.assert(
    fc.property(events, ({ object }) => {
      assert.ok(object.type === "event");
      const read = eventFromElement(wire(eventElement(object)), partGuid);
      assert.equal(read?.start.getTime(), object.start.getTime());
      assert.ok([...read.summary].length <= 255);
      assert.ok(eventMarkdown(object, escapeMarkdown).includes("When: "));
    }),
    { numRuns: 100 },
  );
});

for (const [what, xml] of [
  ["no name", `<event xmlns='${NS}'><start>2026-05-01</start></event>`],
  ["an empty name", `<event xmlns='${NS}'><name> </name><start>2026-05-01</start></event>`],
  ["no beginning", `<event xmlns='${NS}'><name>A</name></event>`],
  ["no date", `<event xmlns='${NS}'><name>A</name><start>soon</start></event>`],
  ["a day that is none", `<event xmlns='${NS}'><name>A</name><start>2026-13-01</start></event>`],
  ["another namespace", "<event xmlns='urn:x'><name>A</name><start>2026-05-01</start></event>"],
] as const) {
  test(`an event with ${what} is none`, () => {
    assert.equal(eventFromElement(readXml(xml), partGuid), null);
    assert.equal(noteFromEvent(readXml(xml), GUID, partGuid), null);
  });
}

test("an item of a calendar becomes a post that tells of the event, with the event", () => {
  const note = noteFromEvent(
    readXml(
      `<event xmlns='${NS}'><name>Ball #dance</name><start>2026-12-15T20:00:00+01:00</start><end>2026-12-15T19:00:00Z</end></event>`,
    ),
    GUID,
    partGuid,
  );
  assert.equal(note?.markdown, "**Ball #dance**\nWhen: Tuesday, 15 December 2026, 19:00 (UTC)");
  assert.deepEqual(note.tags, ["dance"]);
  assert.deepEqual(note.event, { ...BALL, summary: "Ball #dance" });
});

test("pitfall 82: a name and a description are no longer than pods take", () => {
  const event = eventFromElement(
    readXml(
      `<event xmlns='${NS}'><name>${"x".repeat(300)}</name><start>2026-05-01</start><description>${"y".repeat(70_000)}</description></event>`,
    ),
    partGuid,
  );
  assert.equal(event?.summary.length, 255);
  assert.equal(event.description?.length, 65_535);
});
