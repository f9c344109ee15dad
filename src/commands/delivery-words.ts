/** What became of a post, in the words of its author. What went wrong has one table here. */
import { SILENT as GONE, WITHHELD } from "../activitystreams/delivery.ts";
import type { PlaceReport, PostReport } from "../activitystreams/delivery-report.ts";
import { ERRORS, type ErrorCode } from "../errors/registry.ts";
import type { Report } from "./definition.ts";

/** By the status that the pod answered. */
const STATUS: Readonly<Record<number, string>> = {
  400: "it did not understand the message",
  401: "it does not allow that",
  403: "it does not allow that",
  404: "it knows nobody there who should get it",
  408: "it lost patience with us",
  410: "nobody is there any more who should get it",
  413: "it finds the message too long",
  422: "it finds the message faulty",
  429: "it asked us to be slower",
  500: "it has a fault of its own",
  502: "it is being worked on, or overloaded",
  503: "it is being worked on, or overloaded",
  504: "it is being worked on, or overloaded",
};
const REDIRECTED = "its address leads somewhere else";
const REFUSED = "it does not take the message";
const FAULTY = "it has a fault of its own";

/** By our own error; those that are missing have the registry's words. */
const ERROR: Partial<Readonly<Record<ErrorCode, string>>> = {
  DX_HTTP_UNREACHABLE: "it cannot be reached",
  DX_HTTP_TIMEOUT: "it does not answer in time",
  DX_ADDRESS_FORBIDDEN: "its address is none that may be contacted",
};

/** Of one that cannot be reached. */
const CAUSE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing answers at its address",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "there is no way to its address",
  ENETUNREACH: "there is no way to its address",
  ECONNRESET: "it breaks the connection off",
  UND_ERR_SOCKET: "it breaks the connection off",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is its own word only",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Of the queue, and of nobody else's making: they are plain enough. */
const OWN_WORDS: readonly string[] = [
  "this person is not known",
  "this has no form on the federation",
  "the operator of this gateway has nothing to do with this pod or person",
  WITHHELD,
  GONE,
];

const SILENT: readonly number[] = [429, 502, 503, 504];

/** What the queue noted, in plain words. */
export function reasonWords(reason: string): string {
  const status = statusIn(reason);
  if (status !== null) return `${wordsOf(status)} (${String(status)})`;
  const [, code = "", cause = ""] = /^(DX_[A-Z_]+)[^]*?(?:\(([A-Z0-9_]+)\))?$/.exec(reason) ?? [];
  if (isErrorCode(code)) return CAUSE[cause] ?? ERROR[code] ?? ERRORS[code].message;
  return OWN_WORDS.includes(reason) ? reason : "a fault here, which the operator finds in the log";
}

function statusIn(reason: string): number | null {
  const [, digits] = /^the pod answered (\d{3})$/.exec(reason) ?? [];
  return digits === undefined ? null : Number(digits);
}

function wordsOf(status: number): string {
  const known = STATUS[status];
  if (known !== undefined) return known;
  if (status < 400) return REDIRECTED;
  return status < 500 ? REFUSED : FAULTY;
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** The pod itself was the trouble, not this message. */
function isSilence(reason: string): boolean {
  const status = statusIn(reason);
  if (status !== null) return SILENT.includes(status) || status < 400;
  return reason.startsWith("DX_HTTP_") || reason.startsWith("DX_ADDRESS_");
}

/** Who is told: the operator is not the one whom somebody has blocked. */
export type ToldTo = "author" | "operator";

const BLOCKED: Readonly<Record<ToldTo, readonly [whom: string, whose: string]>> = {
  author: ["you", "yours"],
  operator: ["the author", "theirs"],
};

/** All about one post. */
export function reportOf(report: PostReport, to: ToldTo = "author"): Report {
  const { places } = report;
  const total = places.length;
  const when = `${nameOf(report)}, of ${timeOf(report.published)},`;
  if (total === 0) {
    return {
      said: `${when} went to nobody: there is no follower who could get it.`,
      about: report.guid,
    };
  }
  const lines = places.flatMap((place) => lineOf(place, to) ?? []);
  return {
    said: `${when} ${summaryOf(places, to)}`,
    lines: [...cut(lines), ...plainLine(places)],
    about: report.guid,
  };
}

/** One of many. */
export function summaryLine(report: PostReport, to: ToldTo = "author"): string {
  const { guid, published, places } = report;
  const became = places.length === 0 ? "Went to nobody." : upper(summaryOf(places, to));
  return `${timeOf(published)} ${nameOf(report)}: ${became} (status ${guid})`;
}

function summaryOf(places: readonly PlaceReport[], to: ToldTo): string {
  const count = (state: PlaceReport["state"]): number =>
    places.filter((place) => place.state === state).length;
  const [whom] = BLOCKED[to];
  const all = `has arrived at ${String(count("arrived"))} of ${counted(places.length, "place")}`;
  const others = [
    said(count("waiting"), "is tried on", "are tried on"),
    said(count("refused"), "did not take it", "did not take it"),
    said(count("blocked"), `has blocked ${whom}`, `have blocked ${whom}`),
    said(count("withheld"), "may not see it any more", "may not see it any more"),
  ].filter((part) => part !== "");
  return `${[all, ...others].join("; ")}.`;
}

function said(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${String(count)} ${count === 1 ? one : many}`;
}

const MOST_LINES = 50;

function cut(lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), ...(more > 0 ? [`And so ${String(more)} more.`] : [])];
}

/** Places of which there is nothing to be said but that it is there. */
function plainLine(places: readonly PlaceReport[]): string[] {
  const plain = places.filter(isPlain).map(labelOf);
  if (plain.length === 0) return [];
  const more = plain.length - MOST_LINES;
  const others = more > 0 ? ` and ${String(more)} more` : "";
  return [`Arrived: ${plain.slice(0, MOST_LINES).join(", ")}${others}.`];
}

function isPlain({ failures, state }: PlaceReport): boolean {
  return state === "arrived" && failures === 0;
}

/** null: it simply is there. */
function lineOf(place: PlaceReport, to: ToldTo): string | null {
  return isPlain(place) ? null : `${labelOf(place)} ${became(place, to)}.`;
}

function became(place: PlaceReport, to: ToldTo): string {
  const { failures, reason, state } = place;
  const why = reason === null ? "" : `: ${reasonWords(reason)}`;
  switch (state) {
    case "arrived":
      return `has it, after ${counted(failures, "failed try")}${why}`;
    case "waiting":
      return `${waiting(place)}${why}`;
    case "refused":
      if (reason?.startsWith("DX_SUSPENDED") === true) return `was not sent it${why}`;
      if (reason === WITHHELD) return "may not see it any more; whether it came there is not known";
      return reason !== null && isSilence(reason)
        ? `was given up, because it stayed away${why}`
        : `refused it for good, after ${counted(failures, "try")}${why}`;
    case "blocked":
      return `has blocked ${BLOCKED[to][0]}: nothing of ${BLOCKED[to][1]} goes there`;
    case "withheld":
      return "may not see it any more, and was not sent it";
  }
}

function waiting({ awaySince, failures, givenUpAt, nextIn }: PlaceReport): string {
  const next = `next try ${within(nextIn ?? 0)}`;
  if (awaySince !== null) {
    const end = givenUpAt === null ? "" : `; given up on ${dayOf(givenUpAt)}`;
    return `has not answered since ${timeOf(awaySince)}; ${next}${end}`;
  }
  if (failures === 0) return "has not got it yet; it is on its way";
  return `did not take it, ${counted(failures, "time")} so far; ${next}`;
}

/** A pod, or one person there, who may be named to the author alone. */
function labelOf({ person, pod }: PlaceReport): string {
  return person ?? hostOf(pod);
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function nameOf({ type, words }: PostReport): string {
  if (type === "share") return "What you passed on";
  return words === "" ? "The post" : `“${words.replace(/\s+/g, " ")}”`;
}

export function within(seconds: number): string {
  if (seconds < 60) return "within a minute";
  if (seconds < 5_400) return `in ${counted(Math.round(seconds / 60), "minute")}`;
  if (seconds < 129_600) return `in ${counted(Math.round(seconds / 3_600), "hour")}`;
  return `in ${counted(Math.round(seconds / 86_400), "day")}`;
}

function counted(count: number, what: string): string {
  if (count === 1) return `1 ${what}`;
  return `${String(count)} ${what.replace(/([^aeiou])y$/, "$1ie")}s`;
}

export function timeOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
