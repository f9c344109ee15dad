/** A Profile as a vCard 4 in XML and back (XEP-0292, RFC 6351). */
import type { Profile } from "../../activitystreams/activity.ts";
import { userOf } from "../../activitystreams/ids.ts";
import { safeUrl } from "../../activitystreams/xhtml.ts";
import { child, childrenNamed, el, textOf, type XmlElement } from "../../xml/element.ts";
import { jidUri } from "../links.ts";
import { NS_DIASPORA_X, NS_VCARD4 } from "../namespaces.ts";
import { birthdayText, noteText, profileFromCard, shownName, type CardOwner } from "./card.ts";

/** RFC 6350 §6.2.7. */
const SEXES: Readonly<Record<string, string>> = { M: "male", F: "female", O: "other" };
const ADDRESS_PARTS = ["street", "locality", "region", "country"];
const MAX_CATEGORIES = 50;

export function vcard4Of(profile: Profile, owner: CardOwner): XmlElement {
  const { firstName, lastName, gender, location, photo, tags } = profile;
  const birthday = birthdayText(profile.birthday);
  const note = noteText(profile);
  return el(
    "vcard",
    { xmlns: NS_VCARD4 },
    text("fn", shownName(profile, owner.id)),
    firstName === undefined && lastName === undefined
      ? null
      : el("n", {}, el("surname", {}, lastName), el("given", {}, firstName)),
    text("nickname", userOf(owner.id)),
    uri("photo", safeUrl(photo?.large)),
    birthday === null ? null : el("bday", {}, el("date", {}, birthday)),
    location === undefined ? null : el("adr", {}, el("locality", {}, location)),
    gender === undefined ? null : el("gender", {}, el("sex"), el("identity", {}, gender)),
    uri("impp", jidUri(owner.jid)),
    uri("url", safeUrl(owner.url)),
    tags.length === 0
      ? null
      : el(
          "categories",
          {},
          tags.map((tag) => el("text", {}, tag)),
        ),
    note === "" ? null : text("note", note),
    // RFC 6351 §5.1: properties of others stand in their own namespace.
    profile.nsfw ? el("nsfw", { xmlns: NS_DIASPORA_X }) : null,
  );
}

function text(name: string, words: string): XmlElement {
  return el(name, {}, el("text", {}, words));
}

function uri(name: string, address: string | null): XmlElement | null {
  return address === null ? null : el(name, {}, el("uri", {}, address));
}

/** null when it is none. `searchable`: as the person set it here. */
export function profileFromVcard4(
  vcard: XmlElement | undefined,
  searchable: boolean,
): Profile | null {
  if (vcard?.local !== "vcard" || vcard.ns !== NS_VCARD4) return null;
  const words = (name: string): string => textOf(child(vcard, name)).trim();
  const name = child(vcard, "n");
  const adr = child(vcard, "adr");
  return profileFromCard(
    {
      fn: words("fn"),
      nickname: words("nickname"),
      given: textOf(child(name, "given")),
      surname: textOf(child(name, "surname")),
      note: words("note"),
      birthday: words("bday"),
      gender: genderOf(child(vcard, "gender")),
      address: ADDRESS_PARTS.map((part) => textOf(child(adr, part)).trim())
        .filter((part) => part !== "")
        .join(", "),
      url: textOf(child(child(vcard, "url"), "uri")).trim(),
      categories: childrenNamed(vcard, "categories")
        .flatMap((categories) => childrenNamed(categories, "text"))
        .slice(0, MAX_CATEGORIES)
        .map((category) => textOf(category).trim()),
      nsfw: child(vcard, "nsfw", NS_DIASPORA_X) !== undefined,
    },
    searchable,
  );
}

function genderOf(gender: XmlElement | undefined): string {
  const identity = textOf(child(gender, "identity")).trim();
  const sex = textOf(child(gender, "sex")).trim();
  return identity === "" ? (SEXES[sex.toUpperCase()] ?? "") : identity;
}
