/** How many people attached what to an item (XEP-0470 §4.5), for those who need no more. */
import type { SeenAttachment } from "../activitystreams/stream.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { attachmentsOf, readAttachments, type Attachments } from "./attachments.ts";
import { NS_ATTACHMENTS_SUMMARY, NS_CALENDAR, NS_DIASPORA_X } from "./namespaces.ts";

/** Of one item. */
export function summaryOf(seen: readonly SeenAttachment[]): XmlElement {
  const people = new Map<string, SeenAttachment[]>();
  for (const one of seen) {
    const { diasporaId } = one.author;
    people.set(diasporaId, [...(people.get(diasporaId) ?? []), one]);
  }
  return summaryOfAll([...people.values()].map((all) => readAttachments(attachmentsOf(all))));
}

function summaryOfAll(all: readonly (Attachments | null)[]): XmlElement {
  const counts = countsOf(all.flatMap((each) => each?.reactions ?? []));
  const noticed = all.filter((each) => each?.noticed === true).length;
  const votes = countsOf(all.flatMap((each) => each?.vote ?? []));
  const answers = countsOf(all.flatMap((each) => each?.attending?.replace("rsvp-", "") ?? []));
  return el(
    "summary",
    { xmlns: NS_ATTACHMENTS_SUMMARY },
    noticed === 0 ? null : el("noticed", { count: noticed }),
    counts.length === 0 ? null : el("reactions", {}, counts.map(reactionCount)),
    votes.map(([answer, count]) => el("vote", { xmlns: NS_DIASPORA_X, answer, count })),
    answers.map(([attending, count]) => el("rsvp", { xmlns: NS_CALENDAR, attending, count })),
  );
}

/** XEP-0470 §4.7: once is not counted. */
function reactionCount([reaction, count]: readonly [string, number]): XmlElement {
  return el("reaction", { count: count === 1 ? undefined : count }, reaction);
}

/** In the order in which they first appear. */
function countsOf(words: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}
