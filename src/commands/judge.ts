/** The operator's judgements: what was meant, what it would do, and how that is said. */
import type { Severity, Standing } from "../activitystreams/standing.ts";
import { DxError } from "../errors/error.ts";
import type { Effect, StandingChange, Touched } from "../activitystreams/standing-change.ts";
import type { ModerationPorts } from "./moderation-ports.ts";
import { parseSubject, subjectText, type Subject } from "./standing-subject.ts";

/** `lift`: nothing is said any more. */
export type Judgement = Severity | "lift";

export interface Judged {
  readonly subject: Subject;
  readonly effect: Effect;
}

export interface Judging {
  readonly what: string;
  readonly judgement: Judgement;
  readonly reason: string | null;
  /** Nothing is changed. */
  readonly dryRun: boolean;
  readonly by: string;
}

/** Throws DX_STANDING_INVALID, and DX_ITEM_NOT_FOUND where there is nothing to lift. */
export async function judge(judging: Judging, ports: ModerationPorts): Promise<Judged> {
  const subject = parseSubject(judging.what);
  if (subject === null) throw new DxError("DX_STANDING_INVALID");
  const { judgement } = judging;
  if (judgement === "silence" && subject.kind === "jid") {
    throw new DxError("DX_STANDING_INVALID", {
      detail: "an address of XMPP can be suspended or allowed, not silenced",
    });
  }
  if (judgement === "suspend" || judgement === "silence") requireForeign(subject, ports);
  const known = (await ports.all()).find(
    ({ kind, subject: name }) => kind === subject.kind && name === subject.subject,
  );
  if (judgement === "lift" && known === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
  const change = changeOf(subject, judging, known);
  const effect = await ports.effectOf(change);
  if (!judging.dryRun) await ports.change(change, judging.by);
  return { subject, effect };
}

function requireForeign(subject: Subject, ports: ModerationPorts): void {
  if (!ports.isOwn(subject)) return;
  throw new DxError("DX_STANDING_INVALID", { detail: "this is the gateway's own" });
}

function changeOf(
  subject: Subject,
  { judgement, reason }: Judging,
  known: Standing | undefined,
): StandingChange {
  if (judgement === "lift") return { put: [], drop: [subject] };
  const { rejectMedia = false, rejectReports = false, obfuscate = false } = known ?? {};
  const said = reason ?? known?.reason ?? null;
  const standing = { ...subject, severity: judgement, reason: said };
  return { put: [{ ...standing, rejectMedia, rejectReports, obfuscate }], drop: [] };
}

export interface Merged {
  readonly change: StandingChange;
  /** Lines that change nothing: the operator's own word stands, or they are the gateway's own. */
  readonly kept: readonly Subject[];
}

/** A list of somebody else: it opens nothing that is closed, and closes nothing that was allowed. */
export async function mergeList(
  list: readonly Standing[],
  ports: ModerationPorts,
): Promise<Merged> {
  const known = new Map((await ports.all()).map((one) => [keyOf(one), one]));
  const isKept = (one: Standing): boolean => {
    if (one.severity !== "allow" && ports.isOwn(one)) return true;
    if (one.kind === "jid" && one.severity === "silence") return true;
    const now = known.get(keyOf(one));
    if (now === undefined) return false;
    return RANK[now.severity] > RANK[one.severity] || now.severity === "allow";
  };
  const put = list.filter((one) => !isKept(one));
  return { change: { put, drop: [] }, kept: list.filter(isKept) };
}

/** What came with a list and stands as it came is gone again. */
export async function unmergeList(
  list: readonly Standing[],
  ports: ModerationPorts,
): Promise<Merged> {
  const known = new Map((await ports.all()).map((one) => [keyOf(one), one]));
  const stands = (one: Standing): boolean => known.get(keyOf(one))?.severity === one.severity;
  const change = { put: [], drop: list.filter(stands) };
  return { change, kept: list.filter((one) => !stands(one)) };
}

const RANK: Readonly<Record<Severity, number>> = { allow: 0, silence: 1, suspend: 2 };

function keyOf({ kind, subject }: Subject): string {
  return `${kind} ${subject}`;
}

/** For people's eyes, line by line. */
export function effectLines(effect: Effect): string[] {
  const lines = [
    ...touchedLines("Nothing is heard of any more", effect.suspended),
    ...touchedLines("Heard by their followers only", effect.silenced),
    ...touchedLines("Heard again as others are", effect.opened),
    ...effect.accounts.map((jid) => `Closed for the federation: ${jid}`),
  ];
  return lines.length === 0 ? ["Nobody who is known here is concerned."] : lines;
}

function touchedLines(heading: string, touched: Touched): string[] {
  if (touched.people === 0) return [];
  const { people, posts, contacts, subscriptions, pods, pairs } = touched;
  const counts = [
    counted(people, "person", "people"),
    counted(posts, "post", "posts"),
    counted(contacts, "contact", "contacts"),
    counted(subscriptions, "subscription", "subscriptions"),
  ];
  const named = pairs.map(({ local, remote }) => `  ${local} — ${remote}`);
  const more = contacts - pairs.length;
  return [
    `${heading}: ${counts.join(", ")}.`,
    `  On ${pods.join(", ")}`,
    ...named,
    ...(more > 0 ? [`  and ${counted(more, "contact", "contacts")} more`] : []),
  ];
}

export function counted(count: number, one: string, many: string): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

export function standingLine(standing: Standing): string {
  const reason = standing.reason === null ? "" : ` (${standing.reason})`;
  const media = standing.rejectMedia ? ", without pictures" : "";
  return `${standing.severity} ${subjectText(standing)}${media}${reason}`;
}
