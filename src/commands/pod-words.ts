/** What is known of a pod, and who waits for a yes, for people's eyes. */
import type { PodFacts, Waiting } from "./moderation-ports.ts";
import { counted, standingLine } from "./judge.ts";

export function podLines(pod: PodFacts): string[] {
  const { because } = pod;
  return [
    `${pod.host}: ${verdictWords(pod)}`,
    ...(because === null
      ? []
      : [`  ${standingLine(because)}, since ${day(because.since)}, by ${because.madeBy}`]),
    pod.firstSeen === null ? "Never seen here." : `First seen on ${day(pod.firstSeen)}.`,
    `Known here: ${counted(pod.people, "person", "people")}, ${counted(pod.posts, "post", "posts")}, ${counted(pod.contacts, "contact", "contacts")}.`,
    ...(pod.waiting === 0 ? [] : [`Waiting to go there: ${String(pod.waiting)}.`]),
    ...(pod.trouble === null ? [] : [`It cannot be reached: ${pod.trouble}.`]),
    ...(pod.quarantined === 0 ? [] : [`Waiting for a yes: ${String(pod.quarantined)}.`]),
  ];
}

function verdictWords({ verdict, because }: PodFacts): string {
  if (verdict === "silence") return "silenced";
  if (verdict === null) return because === null ? "open" : "allowed";
  return because === null ? "not on the list of pods" : "suspended";
}

const WHAT = {
  follow: "wants to follow",
  message: "has written to",
} as const;

export function waitingLine({ sender, to, what, count, since }: Waiting): string {
  const often = count === 1 ? "" : `, ${String(count)} times`;
  return `${sender} ${WHAT[what]} ${to}${often}, since ${day(since)}`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
