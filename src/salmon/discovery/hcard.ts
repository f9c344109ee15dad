/**
 * The hCard: the HTML page from which the federation learns a person's guid, key, name and
 * pictures, by class names anywhere in it (diaspora-protocol.md §11).
 */
import { userOf, type DiasporaId, type Guid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { el, type XmlElement } from "../../xml/element.ts";
import { serialiseHtml } from "../../xml/serialise.ts";
import * as rules from "../entities/rules.ts";
import { findInHtml, type Found, type Question } from "./html-classes.ts";
import { MAX_DOCUMENT_LENGTH } from "./webfinger.ts";

/** What the federation reads out of an hCard; `null` is an element that is empty or not there. */
export interface HCard {
  readonly guid: Guid;
  readonly nickname: string | null;
  readonly fullName: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** As found, white space and all. */
  readonly publicKeyPem: string;
  /** May be relative to the pod. */
  readonly photoLargeUrl: string;
  readonly photoMediumUrl: string;
  readonly photoSmallUrl: string;
  readonly searchable: boolean;
  /** COMPAT(diaspora < 0.6): `#pod_location`. */
  readonly podUrl: string | null;
}

const ofClass =
  (name: string): Question =>
  ({ classes }) =>
    classes.has(name);

const photoIn =
  (name: string): Question =>
  ({ classes, attrs }, ancestors) =>
    classes.has("photo") && attrs.has("src") && ancestors.some((up) => up.classes.has(name));

const QUESTIONS = {
  uid: ofClass("uid"),
  nickname: ofClass("nickname"),
  fn: ofClass("fn"),
  givenName: ofClass("given_name"),
  familyName: ofClass("family_name"),
  key: ofClass("key"),
  searchable: ofClass("searchable"),
  photo: photoIn("entity_photo"),
  photoMedium: photoIn("entity_photo_medium"),
  photoSmall: photoIn("entity_photo_small"),
  podLocation: ({ attrs }) =>
    attrs.get("id") === "pod_location" && (attrs.get("href") ?? "") !== "",
} as const satisfies Record<string, Question>;

function textOrNull(found: Found | undefined): string | null {
  return found === undefined || found.text === "" ? null : found.text;
}

function invalid(detail: string): DxError {
  return new DxError("DX_DISCOVERY_INVALID", { detail: `hCard ${detail}` });
}

function nameOf(found: Found | undefined, maximum: number): string | null {
  const name = textOrNull(found);
  if (name !== null && !rules.isName(maximum)(name)) throw invalid("name");
  return name;
}

function photoOf(found: Found | undefined): string {
  const src = found?.attrs.get("src") ?? "";
  if (!rules.isUriWithPath(src)) throw invalid("photo");
  return src;
}

/**
 * An hCard as any pod writes it, of at most 1 MiB: by class names, the first element of each.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT` when it is too big, `DX_DISCOVERY_INCOMPLETE`
 * without name or picture, `DX_DISCOVERY_INVALID` when a value breaks its rule
 */
export function parseHCard(html: string): HCard {
  if (html.length > MAX_DOCUMENT_LENGTH) throw new DxError("DX_DISCOVERY_DOCUMENT");
  const found = findInHtml(html, QUESTIONS);
  if (!found.has("fn") || !found.has("photo")) {
    throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "hCard" });
  }
  const guid = textOrNull(found.get("uid"));
  if (guid === null || !rules.isGuid(guid)) throw invalid("uid");
  const publicKeyPem = textOrNull(found.get("key"));
  if (publicKeyPem === null || !rules.isPublicKeyPem(publicKeyPem)) throw invalid("key");
  return {
    guid,
    nickname: textOrNull(found.get("nickname")),
    fullName: nameOf(found.get("fn"), 70),
    firstName: nameOf(found.get("givenName"), 32),
    lastName: nameOf(found.get("familyName"), 32),
    publicKeyPem,
    photoLargeUrl: photoOf(found.get("photo")),
    photoMediumUrl: photoOf(found.get("photoMedium")),
    photoSmallUrl: photoOf(found.get("photoSmall")),
    searchable: found.get("searchable")?.text === "true",
    podUrl: found.get("podLocation")?.attrs.get("href") ?? null,
  };
}

/** Whom an hCard is about. */
export interface HCardPerson {
  readonly diasporaId: DiasporaId;
  readonly guid: Guid;
  readonly publicKeyPem: string;
  /** Display text; what the readers' rules forbid is left out of it. */
  readonly name: string;
  readonly podUrl: string;
  /** Of the whole name, where they are known apart. */
  readonly firstName?: string;
  readonly lastName?: string;
  /** Absolute; it stands for the smaller ones that are not given. */
  readonly photoUrl: string;
  readonly photoMediumUrl?: string;
  readonly photoSmallUrl?: string;
  readonly searchable: boolean;
}

/** `;` separates names in mentions, so no reader takes it inside one. */
function nameFor(name: string, maximum: number): string {
  return [...name.replaceAll(";", "").trim()].slice(0, maximum).join("").trim();
}

function field(label: string, content: XmlElement): XmlElement {
  return el(
    "dl",
    { class: `entity_${label.toLowerCase()}` },
    el("dt", {}, label),
    el("dd", {}, content),
  );
}

function photo(label: string, src: string, pixels: number): XmlElement {
  // COMPAT(Friendica): a picture without a width is not counted.
  return field(
    label,
    el("img", { class: "photo avatar", width: pixels, height: pixels, src, alt: "" }),
  );
}

/**
 * `/hcard/users/:guid`; `text/html; charset=utf-8`. With everything that any reader looks
 * for, empty where there is nothing, the card first in the document.
 */
export function hcardHtml(person: HCardPerson): string {
  const fullName = nameFor(person.name, 70);
  const { firstName, lastName } = person;
  // diaspora* shows the parts: without them the whole name has to be one.
  const isWhole = firstName === undefined && lastName === undefined;
  const [first, last] = isWhole ? [person.name, ""] : [firstName ?? "", lastName ?? ""];
  const span = (name: string, text: string): XmlElement => el("span", { class: name }, text);
  const card = el(
    "div",
    { id: "content_inner", class: "entity_profile vcard author" },
    el("h2", {}, "User profile"),
    field("Uid", span("uid", person.guid)),
    field("Nickname", span("nickname", userOf(person.diasporaId))),
    field("Full_name", span("fn", fullName)),
    field("Searchable", span("searchable", String(person.searchable))),
    field("Key", el("pre", { class: "key" }, person.publicKeyPem)),
    field("First_name", span("given_name", nameFor(first, 32))),
    field("Family_name", span("family_name", nameFor(last, 32))),
    field(
      "Url",
      el("a", { id: "pod_location", class: "url", rel: "me", href: person.podUrl }, person.podUrl),
    ),
    photo("Photo", person.photoUrl, 300),
    photo("Photo_medium", person.photoMediumUrl ?? person.photoUrl, 100),
    photo("Photo_small", person.photoSmallUrl ?? person.photoUrl, 50),
  );
  return serialiseHtml(
    el(
      "html",
      {},
      el("head", {}, el("meta", { charset: "UTF-8" }), el("title", {}, fullName)),
      el("body", {}, el("div", { id: "content" }, el("h1", {}, fullName), card)),
    ),
  );
}
