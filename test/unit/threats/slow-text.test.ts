/**
 * ReDoS: a megabyte made for each expression and scanner that strangers' text meets has the
 * 250 ms of every input: what is quadratic takes minutes. (On a quiet machine all scanners
 * stay under 50 ms; under the load of the whole run that bound was crossed by linear code.)
 * Markdown is in test/unit/activitystreams/hostile-text.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_MS } from "../../long/fuzz/fuzzing.ts";
import { parseDiasporaId, parseGuid, parseJid } from "../../../src/activitystreams/ids.ts";
import { mentionsIn, plainMentions } from "../../../src/activitystreams/mentions.ts";
import { appendTags, tagsIn } from "../../../src/activitystreams/tags.ts";
import { parseTypedId, parseVirtualLocal } from "../../../src/activitystreams/virtual-jid.ts";
import { safeUrl } from "../../../src/activitystreams/xhtml.ts";
import { messageOf } from "../../../src/federation/form-body.ts";
import { decodeBase64Lenient, decodeBase64Url } from "../../../src/salmon/base64.ts";
import { parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { parseNodeinfo, parseNodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";
import { parseWebfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import { parseHostMeta, parseWebfingerXrd } from "../../../src/salmon/discovery/xrd.ts";
import * as rules from "../../../src/salmon/entities/rules.ts";
import { parseBoolean, parseInteger, parseTimestamp } from "../../../src/salmon/entities/values.ts";
import { findDiasporaLinks } from "../../../src/salmon/links.ts";
import { claimedSender } from "../../../src/salmon/magic-envelope.ts";
import { readEnvelope } from "../../../src/salmon/read-envelope.ts";
import { normalText } from "../../../src/salmon/translate/text.ts";
import { fill, watched } from "./support.ts";

const LONG = "a".repeat(255);

type Case = readonly [read: (text: string) => unknown, units: readonly string[], prefix?: string];

const SCANNERS: Readonly<Record<string, Case>> = {
  "diaspora:// links": [
    findDiasporaLinks,
    ["diaspora://", "diaspora://a@", `diaspora://${LONG}@${LONG}/`, "diaspora://a@a/post/", "a"],
  ],
  mentions: [
    (text) => [mentionsIn(text), plainMentions(text)],
    ["@{", "@{a; ", "@{a@b ", `@{${LONG}`, `@{${LONG}; ${LONG}`, "@{a;", "@{ }"],
  ],
  tags: [(text) => [tagsIn(text), appendTags(text, ["x"])], ["#", "#a", "a#", `#${LONG}`, "#<"]],
  "normal text": [normalText, ["\r", " ", "\r\n", "\u0000", "\ud800"]],
  JIDs: [parseJid, ["a", "a@", "@", "/", "a.", "a-", "\u0301"]],
  "typed addresses": [parseTypedId, ["a", "%", "acct:", "a@", ":1"]],
  "virtual addresses": [parseVirtualLocal, ["\\40", "\\3a", "a", "a\\40"]],
  "diaspora* IDs": [parseDiasporaId, ["a", "a@", "a.", "a@a.", "[", ":", "é"]],
  guids: [parseGuid, ["a", ":", "a:", "."]],
  "lists of IDs": [rules.isDiasporaIdList, [";", "a@b;", `${LONG};`]],
  birthdays: [rules.isBirthday, ["1", "1111-", "1111-11-", " "]],
  timezones: [rules.isTimezone, ["a", "a/", "/"]],
  "public keys": [rules.isPublicKeyPem, [" ", "-----BEGIN PUBLIC KEY-----"]],
  URLs: [
    (text) => [rules.isUriWithHost(text), rules.isUriWithHostAndPath(text), safeUrl(text)],
    ["a", "/", "%", "a:", "//", "@", "a@", "?", "https://"],
  ],
  values: [
    (text) => [parseBoolean(text), parseInteger(text), parseTimestamp(text)],
    ["1", " ", "true", "2024-01-01T", "-", "."],
  ],
  "strict base64": [decodeBase64Url, ["A", "=", "A=", "-"]],
  "lenient base64": [decodeBase64Lenient, ["A", "=", "A=", "A!", "!"]],
  "claimed senders": [claimedSender, ["key_id", "key_id=", "key_id= ", 'key_id="', 'key_id="A']],
  forms: [
    (text) => messageOf(Buffer.from(text)),
    ["&", "a=&", "&xml", "%", "%25", "+", "xml=", "a&"],
    "a=b&xml=",
  ],
};

for (const [what, [read, units, prefix = ""]] of Object.entries(SCANNERS)) {
  test(`a megabyte made for ${what} is done with in no time`, async () => {
    for (const unit of units) {
      const text = prefix + fill(unit);
      const { code, ms } = await watched(() => read(text), MAX_MS);
      assert.equal(code, "no error");
      assert.ok(ms < MAX_MS, `${JSON.stringify(unit.slice(0, 20))}: ${ms.toFixed(0)} ms`);
    }
  });
}

const JSON_UNITS = ["1,", "{},", "[],", '{"rel":1},', '{"rel":"a","href":"b"},', '"a",'];
const documents = (before: string, after: string): string[] => [
  ...JSON_UNITS.map((unit) => `${before}[${fill(unit, 1_000_000)}0]${after}`),
  `${before}${fill("[", 500_000)}${fill("]", 500_000)}${after}`,
  `${before}[],${Array.from({ length: 70_000 }, (_, i) => `"k${String(i)}":1`).join()}${after}`,
];
const jrds = documents('{"subject":"acct:a@b","links":', "}");
const markup = ["<", "<a", "<a ", "<a b", "<a b=", "&", "&a", "</a>", "<!--", "<div class='uid'>"];
const pages = [
  ...markup,
  "<p",
  "<script>",
  "&aaaaaaaaaa;",
  "<a class='a b c d e f'>",
  "]]>",
  "<a b c d>",
];

const READERS: Readonly<Record<string, readonly [(text: string) => unknown, readonly string[]]>> = {
  JRDs: [parseWebfingerJrd, jrds],
  "NodeInfo links": [parseNodeinfoLinks, jrds],
  NodeInfo: [parseNodeinfo, [...jrds, ...documents('{"software":', "}")]],
  hCards: [parseHCard, pages.map((unit) => fill(unit))],
  "host-meta": [parseHostMeta, markup.map((unit) => `<XRD>${fill(unit, 1_000_000)}`)],
  XRDs: [parseWebfingerXrd, markup.map((unit) => fill(unit))],
  envelopes: [readEnvelope, markup.map((unit) => `<me:env>${fill(unit, 1_000_000)}`)],
};

for (const [what, [read, texts]] of Object.entries(READERS)) {
  test(`a megabyte that is hardly one of the ${what} is refused in little time`, async () => {
    for (const text of texts) {
      const { code, ms } = await watched(() => read(text), MAX_MS);
      assert.match(code, /^(DX_|no error$)/);
      assert.ok(ms < MAX_MS, `${text.slice(0, 60)}: ${ms.toFixed(0)} ms`);
    }
  });
}
