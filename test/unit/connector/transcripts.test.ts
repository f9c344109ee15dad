/**
 * Plays test/transcripts: what somebody sends, what the bridge sends. In an expectation
 * `{name}` stands for any value the first time, and for the same value from then on.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { isElement, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { gatewayBench } from "./gateway-bench.ts";

const FOLDER = new URL("../../transcripts/", import.meta.url);

interface Turn {
  readonly said: string;
  readonly sent: string;
  readonly expected: string;
}

function turnsOf(text: string): Turn[] {
  const turns: Turn[] = [];
  for (const block of text
    .replaceAll(/^#.*\n/gm, "")
    .trim()
    .split(/\n\n+/)) {
    const [, said = "", sent = "", expected = ""] =
      /^(\S.*:)\n((?: .*\n)+)Bridge.*:(?: nothing)?\n?((?: .*\n?)*)$/.exec(block) ?? [];
    assert.ok(sent !== "", `not a turn:\n${block}`);
    turns.push({ said, sent, expected });
  }
  return turns;
}

type Names = Map<string, string>;

function stanzasOf(text: string): XmlElement[] {
  return readXml(`<all>${text}</all>`).children.filter(isElement);
}

/** As text that two trees share exactly when they mean the same. */
function canonical(node: XmlElement, names: Names, actual?: XmlElement): string {
  const attrs = Object.entries(node.attrs)
    .filter(([name]) => !name.startsWith("xmlns"))
    .map(([name, value]) => {
      const placeholder = /^\{(\w+)\}$/.exec(value)?.[1];
      if (placeholder === undefined) return `${name}=${value}`;
      if (!names.has(placeholder)) names.set(placeholder, actual?.attrs[name] ?? "?");
      return `${name}=${names.get(placeholder) ?? ""}`;
    })
    .sort();
  const children = node.children.filter((part) => isElement(part) || part.trim() !== "");
  const others = actual?.children.filter((part) => isElement(part) || part.trim() !== "");
  const inner = children.map((part, index) => {
    const other = others?.[index];
    return isElement(part)
      ? canonical(part, names, other !== undefined && isElement(other) ? other : undefined)
      : part;
  });
  return `{${node.ns}}${node.local} ${attrs.join(" ")}\n(${inner.join("\n ")})`;
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".txt"))) {
  test(`transcript ${file}`, async () => {
    const { router, sent } = gatewayBench();
    const names: Names = new Map();
    const turns = turnsOf(readFileSync(new URL(file, FOLDER), "utf8"));
    for (const { said, sent: request, expected } of turns) {
      sent.length = 0;
      const filled = request.replace(/\{(\w+)\}/g, (_, name: string) => names.get(name) ?? "?");
      for (const stanza of stanzasOf(filled)) await router.handle(stanza);
      const wanted = stanzasOf(expected).map((node, i) => canonical(node, names, sent[i]));
      const got = sent.map((node) => canonical(node, names));
      assert.deepEqual(got, wanted, said);
    }
  });
}
