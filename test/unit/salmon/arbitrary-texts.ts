/** Words, names and addresses for properties: wild ones, and those in the form that is written. */
import fc from "fast-check";
import type { DiasporaId, Guid } from "../../../src/activitystreams/ids.ts";
import { parseDiasporaId } from "../../../src/activitystreams/ids.ts";
import { fitName, fitText } from "../../../src/salmon/translate/text.ts";
import { webUrl } from "../../../src/salmon/translate/web-url.ts";
import { guid, id } from "./people.ts";

export const guids: fc.Arbitrary<Guid> = fc
  .stringMatching(/^[0-9A-Za-z_@.:-]{15,30}[0-9A-Za-z]$/)
  .map(guid);

export const ids: fc.Arbitrary<DiasporaId> = fc
  .stringMatching(/^[a-z0-9._-]{1,10}@[a-z0-9]{1,8}\.[a-z]{2,4}(:[0-9]{2,5})?$/)
  .filter((text) => parseDiasporaId(text) !== null)
  .map(id);

const pieces = fc.constantFrom(
  ...["\r\n", "\r", "\n", " ", "\t", "\u00a0", "\0", "\ud800", "\uffff", "\u2028", "\ufeff"],
  ...["]]>", "&amp;", "<b/>", ";", "#tag", "@{A; a@b.example}", "%", "**", "x", "é", "e\u0301"],
  ...["😀", "👩‍👩‍👧", "🇩🇪", "\u202eabc", "مرحبا"],
);

/** Anything, half of it too long for a title. */
export const wild: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.array(pieces, { maxLength: 20 }).map((all) => all.join("")),
  fc.array(pieces, { minLength: 200, maxLength: 400 }).map((all) => all.join("")),
);

/** Wild, and never nothing: what must not be empty. */
export const wildWords: fc.Arbitrary<string> = wild.map((text) => `x${text}`);

/** As it is written: normal, and short enough. */
export const words = (limit: number): fc.Arbitrary<string> =>
  wildWords.map((text) => fitText(text, limit));

export const personNames: fc.Arbitrary<string> = wildWords.map((text) => fitName(text, 32));

export const wildUrls: fc.Arbitrary<string> = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  wild,
  wild.map((text) => `https://pod.example/${text}`),
  fc.constantFrom(
    ...["javascript:alert(1)", "https://pod.example", "https://pod.example/a/?b=/c", "//x/y"],
    ...["https://u:p@[::1]:8443/a[b]|c%zz?d=[e]#f#g", `https://pod.example/${"a".repeat(2_048)}`],
    ...["https://bücher.example/ü", 'https://a"b.example/', "ftp://pod.example/a", "data:,x"],
  ),
);

export const urls: fc.Arbitrary<string> = fc
  .webUrl({ withQueryParameters: true, withFragments: true })
  .map((text) => webUrl(text) ?? "")
  .filter((text) => URL.canParse(text) && new URL(text).pathname !== "/");

const first = new Date("0001-01-01T00:00:00Z");
const last = new Date("9999-12-31T23:59:59Z");

export const wildTimes: fc.Arbitrary<Date> = fc.date({
  min: first,
  max: last,
  noInvalidDate: true,
});

export const times: fc.Arbitrary<Date> = wildTimes.map(
  (time) => new Date(Math.floor(time.getTime() / 1000) * 1000),
);

export const tagLists: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/),
  { maxLength: 5 },
);
