/** What both kinds of vCards say of a person, and how it becomes a Profile with pods' limits. */
import type { Profile } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { chatToMarkdown, markdownToChat } from "../../activitystreams/readable.ts";
import { appendTags, tagsIn } from "../../activitystreams/tags.ts";
import { cutWithSuffix, MAX_TEXT } from "../../activitystreams/words.ts";
import { safeUrl } from "../../activitystreams/xhtml.ts";
import { stripIllegal } from "../../xml/serialise.ts";
import { fitName } from "./nick.ts";

/** Whose card it is. */
export interface CardOwner {
  /** Bare JID. */
  readonly jid: string;
  readonly id: DiasporaId;
  /** Where the person is found in a browser. */
  readonly url?: string | undefined;
}

/** As it was read, each "" where there is none. */
export interface CardWords {
  readonly fn: string;
  readonly nickname: string;
  readonly given: string;
  readonly surname: string;
  readonly note: string;
  readonly birthday: string;
  readonly gender: string;
  readonly address: string;
  readonly url: string;
  readonly categories: readonly string[];
  readonly nsfw: boolean;
}

/** diaspora-protocol.md §3. */
const MAX_NAME = 70;
const MAX_NAME_PART = 32;
const MAX_WORDS = 255;
const MAX_TAGS = 5;
/** diaspora-protocol.md §3: the year of a birthday whose year is not given. */
const NO_YEAR = "1004";
/** Seen on pods too, for the same. */
const NO_YEARS = new Set([NO_YEAR, "1000", "0004"]);

/** Whether pods let others find the person is no part of a card. */
export function profileFromCard(card: CardWords, searchable: boolean): Profile {
  const bio = bioOf(card);
  const optional = {
    name: fitName(card.fn === "" ? card.nickname : card.fn, MAX_NAME),
    firstName: fitName(card.given, MAX_NAME_PART),
    lastName: fitName(card.surname, MAX_NAME_PART),
    bio: cutWithSuffix(bio, MAX_TEXT, ""),
    birthday: birthdayFrom(card.birthday) ?? "",
    gender: fitWords(card.gender),
    location: fitWords(card.address),
  };
  const tags = tagsIn(appendTags(bio, card.categories));
  return {
    type: "profile",
    tags: tags.slice(0, MAX_TAGS),
    searchable,
    nsfw: card.nsfw || tags.includes("nsfw"),
    ...Object.fromEntries(Object.entries(optional).filter(([, text]) => text !== "")),
  };
}

/** Pods have no field for an address on the web. */
function bioOf({ note, url }: CardWords): string {
  const text = chatToMarkdown(stripIllegal(note).trim());
  const page = safeUrl(url, new Set(["http:", "https:"]));
  const line = page === null || text.includes(page) ? "" : page;
  return [text, line].filter((part) => part !== "").join("\n\n");
}

function fitWords(text: string): string {
  return cutWithSuffix(stripIllegal(text).replace(/\s+/gu, " ").trim(), MAX_WORDS, "");
}

/** RFC 6350 §4.3.1, in both of its forms, with or without the year; a time of day is dropped. */
export function birthdayFrom(text: string): string | null {
  const found = /^(\d{4}|--)-?(\d{2})-?(\d{2})(?:T.*)?$/.exec(text.trim());
  if (found === null) return null;
  const [, year = "", month = "", day = ""] = found;
  const date = `${year === "--" || NO_YEARS.has(year) ? NO_YEAR : year}-${month}-${day}`;
  const parsed = new Date(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
  return isDay ? date : null;
}

/** With `--MMDD` where no year is given (RFC 6350 §4.3.1); null for none. */
export function birthdayText(birthday: string | undefined): string | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthday ?? "");
  if (found === null) return null;
  const [date, year = "", month = "", day = ""] = found;
  return NO_YEARS.has(year) ? `--${month}${day}` : date;
}

/** As it is shown: whichever of the name's forms is there, else the address. */
export function shownName(
  { name = "", firstName = "", lastName = "" }: Profile,
  id: DiasporaId,
): string {
  const parts = `${firstName} ${lastName}`.trim();
  return [name.trim(), parts, id].find((text) => text !== "") ?? id;
}

/** With the tags that it does not name. */
export function noteText({ bio = "", tags }: Profile): string {
  return appendTags(markdownToChat(bio), tags);
}
