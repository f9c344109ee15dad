/** A Profile as the vCard that older clients ask for, and back (XEP-0054). */
import type { Profile } from "../../activitystreams/activity.ts";
import { userOf } from "../../activitystreams/ids.ts";
import type { Avatar } from "../../activitystreams/profile.ts";
import { safeUrl } from "../../activitystreams/xhtml.ts";
import { child, childrenNamed, el, textOf, type XmlElement } from "../../xml/element.ts";
import { NS_VCARD_TEMP } from "../namespaces.ts";
import { avatarOf, pictureBytes } from "./avatar.ts";
import { birthdayText, noteText, profileFromCard, shownName, type CardOwner } from "./card.ts";

const ADDRESS_PARTS = ["STREET", "LOCALITY", "REGION", "CTRY"];
const MAX_CATEGORIES = 50;

/** The elements in the order of XEP-0054's definition. */
export function vcardTempOf(
  profile: Profile,
  owner: CardOwner,
  picture?: { readonly type: string; readonly bytes: Buffer },
): XmlElement {
  const birthday = birthdayText(profile.birthday);
  const note = noteText(profile);
  return el(
    "vCard",
    { xmlns: NS_VCARD_TEMP },
    el("FN", {}, shownName(profile, owner.id)),
    el("N", {}, el("FAMILY", {}, profile.lastName), el("GIVEN", {}, profile.firstName)),
    el("NICKNAME", {}, userOf(owner.id)),
    photoOf(profile, picture),
    // It knows no birthday without a year.
    birthday === null || birthday.startsWith("--") ? null : el("BDAY", {}, birthday),
    profile.location === undefined
      ? null
      : el("ADR", {}, el("HOME"), el("LOCALITY", {}, profile.location)),
    el("JABBERID", {}, owner.jid),
    profile.tags.length === 0
      ? null
      : el(
          "CATEGORIES",
          {},
          profile.tags.map((tag) => el("KEYWORD", {}, tag)),
        ),
    address(owner.url),
    note === "" ? null : el("DESC", {}, note),
  );
}

function photoOf(
  { photo }: Profile,
  picture: { readonly type: string; readonly bytes: Buffer } | undefined,
): XmlElement | null {
  if (picture !== undefined) {
    const bytes = picture.bytes.toString("base64");
    return el("PHOTO", {}, el("TYPE", {}, picture.type), el("BINVAL", {}, bytes));
  }
  const url = safeUrl(photo?.medium);
  return url === null ? null : el("PHOTO", {}, el("EXTVAL", {}, url));
}

function address(url: string | undefined): XmlElement | null {
  const page = safeUrl(url);
  return page === null ? null : el("URL", {}, page);
}

/** null when it is none. The picture is there when its bytes are. */
export function profileFromVcardTemp(
  vcard: XmlElement | undefined,
  searchable: boolean,
): { readonly profile: Profile; readonly avatar: Avatar | null } | null {
  if (vcard?.local !== "vCard" || vcard.ns !== NS_VCARD_TEMP) return null;
  const words = (name: string): string => textOf(child(vcard, name)).trim();
  const [name, adr] = [child(vcard, "N"), child(vcard, "ADR")];
  const keywords = child(vcard, "CATEGORIES");
  const bytes = pictureBytes(textOf(child(child(vcard, "PHOTO"), "BINVAL")));
  const profile = profileFromCard(
    {
      fn: words("FN"),
      nickname: words("NICKNAME"),
      given: textOf(child(name, "GIVEN")),
      surname: textOf(child(name, "FAMILY")),
      note: words("DESC") === "" ? words("NOTE") : words("DESC"),
      birthday: words("BDAY"),
      gender: words("GENDER"),
      address: ADDRESS_PARTS.map((part) => textOf(child(adr, part)).trim())
        .filter((part) => part !== "")
        .join(", "),
      url: words("URL"),
      categories:
        keywords === undefined
          ? []
          : childrenNamed(keywords, "KEYWORD").slice(0, MAX_CATEGORIES).map(textOf),
      nsfw: false,
    },
    searchable,
  );
  return { profile, avatar: bytes === null ? null : avatarOf(bytes) };
}
