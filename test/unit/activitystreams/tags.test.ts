import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { appendTags, tagsIn } from "../../../src/activitystreams/tags.ts";

for (const [markdown, tags] of [
  ["", []],
  ["#cats", ["cats"]],
  ["I like #Cats and #cats, #CATS!", ["cats"]],
  ["(#one)[#two] #three.", ["one", "two", "three"]],
  ["#foo_bar-baz", ["foo_bar-baz"]],
  ["#日本語 #Übung #тест", ["日本語", "übung", "тест"]],
  ["#e\u0301tude", ["e\u0301tude"]],
  ["I #<3 you", ["<3"]],
  ["# heading", []],
  ["## heading", []],
  ["issue #1 and #2nd", ["2nd"]],
  ["C#sharp and a#b", []],
  ["https://example.org/page#part https://example.org/#part", []],
  ["&#39; &#x27;", []],
  ["##double", []],
  ["line\n#next", ["next"]],
  ["#a#b", ["a"]],
  ["#", []],
] as const) {
  test(`the tags of ${JSON.stringify(markdown)} are ${JSON.stringify(tags)}`, () => {
    assert.deepEqual(tagsIn(markdown), tags);
  });
}

for (const [markdown, categories, result] of [
  ["text", [], "text"],
  ["text", ["cats"], "text\n\n#cats"],
  ["", ["cats"], "#cats"],
  ["about #cats", ["cats", "Cats", "dogs"], "about #cats\n\n#dogs"],
  ["text", ["Cats", "cats", "CATS"], "text\n\n#Cats"],
  ["text", ["two words", "it's", "c++"], "text\n\n#twowords #its #c"],
  ["text", ["", " ", "!!!", "123"], "text"],
  ["text", ["#cats"], "text\n\n#cats"],
  ["text", ["nsfw\n\n# Injected"], "text\n\n#nsfwInjected"],
] as const) {
  test(`${JSON.stringify(markdown)} with the categories ${JSON.stringify(categories)}`, () => {
    assert.equal(appendTags(markdown, categories), result);
  });
}

test("every category with letters is a tag of the text afterwards, and doing it again adds nothing", () => {
  const category = fc.string({ unit: "grapheme", maxLength: 20 });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(category), (markdown, categories) => {
      const once = appendTags(markdown, categories);
      assert.equal(appendTags(once, categories), once);
      assert.ok(once.startsWith(markdown));
      const tags = tagsIn(once);
      for (const one of categories) {
        const letters = one.replace(/[^\p{L}\p{N}]/gu, "");
        if (!/\p{L}/u.test(letters) || letters !== one) continue;
        assert.ok(tags.includes(one.toLowerCase()), one);
      }
    }),
  );
});

for (const [what, text] of [
  ["hash signs", "#".repeat(1_000_000)],
  ["tags", "#a ".repeat(333_333)],
  ["one long tag", `#${"a".repeat(1_000_000)}`],
  ["hashes and letters in turn", "#a".repeat(500_000)],
  ["combining marks", `#e${"\u0301".repeat(1_000_000)}`],
] as const) {
  test(`a megabyte of ${what} takes no time to speak of`, () => {
    const began = process.cpuUsage();
    tagsIn(text);
    appendTags(text, ["one", "two"]);
    const took = process.cpuUsage(began).user / 1000;
    assert.ok(took < 500, `${took.toFixed(0)} ms`);
  });
}
