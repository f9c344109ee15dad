/**
 * What people attach to an item (XEP-0470): each person has one item with all of it. Noticed
 * and reactions are the XEP's; answers to events are XEP-0471's; votes are ours.
 */
import type { AttendanceActivity } from "../activitystreams/activity.ts";
import { isAbout } from "../activitystreams/activity.ts";
import { parseGuid, type Guid } from "../activitystreams/ids.ts";
import type { SeenAttachment } from "../activitystreams/stream.ts";
import { codePoints } from "../activitystreams/words.ts";
import {
  child,
  childElements,
  childrenNamed,
  childText,
  el,
  textOf,
  type XmlElement,
} from "../xml/element.ts";
import { isLikeWord } from "./comment-entry.ts";
import {
  NS_ATTACHMENTS,
  NS_CALENDAR,
  NS_DATA,
  NS_DIASPORA_X,
  NS_EVENTS_LIBERVIA,
} from "./namespaces.ts";

/** The verbs of ActivityStreams 1.0 for XEP-0471's yes, no and maybe. */
export type Attending = AttendanceActivity["verb"];

export interface Attachments {
  readonly noticed: boolean;
  /** Each once. */
  readonly reactions: readonly string[];
  /** An answer of a poll. */
  readonly vote: Guid | null;
  readonly attending: Attending | null;
}

export const NO_ATTACHMENTS: Attachments = {
  noticed: false,
  reactions: [],
  vote: null,
  attending: null,
};

const MAX_REACTIONS = 20;
/** The longest emoji sequences have about a dozen. */
const MAX_REACTION = 32;

/** null for what is no attachments element: XEP-0470 §4.4 has it refused. */
export function readAttachments(payload: XmlElement | undefined): Attachments | null {
  if (payload?.local !== "attachments" || payload.ns !== NS_ATTACHMENTS) return null;
  const reactions = child(payload, "reactions", NS_ATTACHMENTS);
  return {
    noticed: child(payload, "noticed", NS_ATTACHMENTS) !== undefined,
    reactions: reactions === undefined ? [] : reactionsIn(reactions),
    vote: parseGuid(child(payload, "vote", NS_DIASPORA_X)?.attrs["answer"] ?? ""),
    attending: attendingIn(payload),
  };
}

function reactionsIn(reactions: XmlElement): string[] {
  const all = childrenNamed(reactions, "reaction", NS_ATTACHMENTS).map((one) => textOf(one).trim());
  const kept = all.filter((text) => text !== "" && codePoints(text) <= MAX_REACTION);
  return [...new Set(kept)].slice(0, MAX_REACTIONS);
}

function attendingIn(payload: XmlElement): Attending | null {
  const rsvp = child(payload, "rsvp", NS_CALENDAR) ?? child(payload, "rsvp", NS_EVENTS_LIBERVIA);
  const form = child(rsvp, "x", NS_DATA);
  const field =
    form === undefined
      ? undefined
      : childrenNamed(form, "field").find(({ attrs }) => attrs["var"] === "attending");
  switch (childText(field, "value")?.trim()) {
    case "yes":
      return "rsvp-yes";
    case "no":
      return "rsvp-no";
    case "maybe":
      return "rsvp-maybe";
    default:
      return null;
  }
}

/** Noticed, or a reaction that says no more than a like does. */
export function isLike({ noticed, reactions }: Attachments): boolean {
  return noticed || reactions.some(isLikeWord);
}

/** What somebody has done by publishing it anew; absent: nothing in that. */
export interface AttachmentChanges {
  readonly like?: boolean;
  /** null: taken back, which the federation has no word for. */
  readonly vote?: Guid | null;
  readonly attending?: Attending | null;
}

export function differences(before: Attachments, after: Attachments): AttachmentChanges {
  return {
    ...(isLike(before) === isLike(after) ? {} : { like: isLike(after) }),
    ...(before.vote === after.vote ? {} : { vote: after.vote }),
    ...(before.attending === after.attending ? {} : { attending: after.attending }),
  };
}

/**
 * The element with something changed. XEP-0470 §4.1: whatever else is in it must be kept, so
 * that no attachment of another kind is lost.
 */
export function changeAttachments(
  payload: XmlElement | null,
  change: Partial<Attachments>,
  at: Date,
): XmlElement {
  const known = payload?.ns === NS_ATTACHMENTS ? payload : null;
  const changed = partsOf(change, at);
  const kept = (known === null ? [] : childElements(known)).filter(
    (part) => !changed.replaced.some((name) => isPart(part, name)),
  );
  return el("attachments", { xmlns: NS_ATTACHMENTS }, [...kept, ...changed.parts]);
}

type PartName = "noticed" | "reactions" | "vote" | "rsvp";
const PART_NAMESPACES: Readonly<Record<PartName, readonly string[]>> = {
  noticed: [NS_ATTACHMENTS],
  reactions: [NS_ATTACHMENTS],
  vote: [NS_DIASPORA_X],
  rsvp: [NS_CALENDAR, NS_EVENTS_LIBERVIA],
};

function isPart(part: XmlElement, name: PartName): boolean {
  return part.local === name && PART_NAMESPACES[name].includes(part.ns);
}

function partsOf(
  { noticed, reactions, vote, attending }: Partial<Attachments>,
  at: Date,
): { readonly replaced: readonly PartName[]; readonly parts: readonly XmlElement[] } {
  const replaced: PartName[] = [];
  const parts: XmlElement[] = [];
  const replace = (name: PartName, part: XmlElement | null): void => {
    replaced.push(name);
    if (part !== null) parts.push(part);
  };
  if (noticed !== undefined) replace("noticed", noticed ? noticedPart(at) : null);
  if (reactions !== undefined) replace("reactions", reactionsPart(reactions, at));
  if (vote !== undefined) replace("vote", vote === null ? null : votePart(vote, at));
  if (attending !== undefined) {
    replace("rsvp", attending === null ? null : rsvpPart(attending, at));
  }
  return { replaced, parts };
}

function noticedPart(at: Date): XmlElement {
  return el("noticed", { timestamp: at.toISOString() });
}

function reactionsPart(reactions: readonly string[], at: Date): XmlElement | null {
  if (reactions.length === 0) return null;
  const unique = [...new Set(reactions)].map((reaction) => el("reaction", {}, reaction));
  return el("reactions", { timestamp: at.toISOString() }, unique);
}

function votePart(answer: Guid, at: Date): XmlElement {
  return el("vote", { xmlns: NS_DIASPORA_X, answer, timestamp: at.toISOString() });
}

/** XEP-0471 §6: the submitted form. */
function rsvpPart(attending: Attending, at: Date): XmlElement {
  return el(
    "rsvp",
    { xmlns: NS_CALENDAR, timestamp: at.toISOString() },
    el(
      "x",
      { xmlns: NS_DATA, type: "submit" },
      el(
        "field",
        { type: "hidden", var: "FORM_TYPE" },
        el("value", {}, "urn:xmpp:calendar-events:rsvp:0"),
      ),
      el("field", { var: "attending" }, el("value", {}, attending.replace("rsvp-", ""))),
    ),
  );
}

/** The item of one person, from what they did; the newest of each kind counts. */
export function attachmentsOf(seen: readonly SeenAttachment[]): XmlElement {
  const oldestFirst = [...seen].sort(
    (one, other) => one.activity.published.getTime() - other.activity.published.getTime(),
  );
  let payload = el("attachments", { xmlns: NS_ATTACHMENTS });
  for (const { activity } of oldestFirst) {
    payload = changeAttachments(payload, changeBy(activity), activity.published);
  }
  return payload;
}

function changeBy(activity: SeenAttachment["activity"]): Partial<Attachments> {
  if (isAbout(activity, "vote")) return { vote: activity.object.answer };
  if (isAbout(activity, "attendance")) return { attending: activity.verb };
  // XEP-0470 has no word for a dislike but the sign that people make.
  return activity.verb === "like" ? { noticed: true } : { reactions: ["👎"] };
}
