/** The kind `rule`: tables of single values, one result for each case. */
import { basename } from "node:path";
import { z } from "zod";
import { isDxError } from "../../src/errors/error.ts";
import { decodeBase64Lenient, decodeBase64Url } from "../../src/salmon/base64.ts";
import { entityClassName } from "../../src/salmon/entities/read.ts";
import * as rules from "../../src/salmon/entities/rules.ts";
import {
  formatTimestamp,
  parseBoolean,
  parseInteger,
  parseTimestamp,
} from "../../src/salmon/entities/values.ts";
import { findDiasporaLinks } from "../../src/salmon/links.ts";
import type { Produced } from "./kinds.ts";
import type { Vector } from "./vectors.ts";

type Rule = (text: string) => unknown;

function className(name: string): string {
  // The gem stumbles over an empty name in a way of its own.
  if (name === "") return "error NameError";
  try {
    return entityClassName(name);
  } catch (error) {
    return isDxError(error, "DX_ENTITY_UNKNOWN")
      ? "error UnknownEntity"
      : "error InvalidEntityName";
  }
}

/** By the file's name, and by what `input.rule` says where that is something else. */
const RULES: Readonly<Record<string, Rule>> = {
  "base64-decode-lenient": (text) => decodeBase64Lenient(text).toString("hex"),
  "base64url-decode": (text) => decodeBase64Url(text)?.toString("hex") ?? "error ArgumentError",
  birthday: rules.isBirthday,
  "boolean-parse": parseBoolean,
  "diaspora-url": (text) =>
    findDiasporaLinks(text).map(({ author, type, guid }) => [author, type, guid]),
  diaspora_id: rules.isDiasporaId,
  diaspora_id_list: rules.isDiasporaIdList,
  "entity-name": className,
  guid: rules.isGuid,
  // Beyond 2^53 the digits are those of the text, for whoever compares the JSON exactly.
  "integer-parse": (text) => {
    const value = parseInteger(text);
    return value === null || Number.isSafeInteger(value) ? value : BigInt(text);
  },
  // The validators let nil pass where a name may be missing, and "" is nil.
  "name-first": rules.isName(32),
  tag_string: rules.isTagString,
  "timestamp-parse": (text) => {
    const time = parseTimestamp(text);
    return time === null ? null : formatTimestamp(time);
  },
  timezone: rules.isTimezone,
  "uri-with-host-and-path": rules.isUriWithHostAndPath,
  "uri-with-path": rules.isUriWithPath,
};

const ALIASES: Readonly<Record<string, string>> = {
  "Base64.decode64 of Ruby 3.1": "base64-decode-lenient",
  "Base64.urlsafe_decode64 of Ruby 3.1": "base64url-decode",
  "find diaspora:// links in a text": "diaspora-url",
};

const TABLE = z.object({ rule: z.string(), cases: z.array(z.string()) });

export function runRule(vector: Vector): Produced {
  const { rule: title, cases } = TABLE.parse(vector.input);
  const rule = RULES[basename(vector.name)] ?? RULES[ALIASES[title] ?? title];
  if (rule === undefined) throw new RangeError(`no such rule: ${title}`);
  return { valid: true, results: cases.map(rule) };
}
