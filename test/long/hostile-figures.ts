/**
 * `npm run hostile`: how long the well-known bombs take from a body at the public end point
 * to the answer, signature and all: by the clock, and of the processor on the daemon's one
 * thread, which counts, for the machine may be busy with others. Exit code 1 when one takes
 * more than 250 ms, or is answered otherwise than it should be.
 */
import { generateKeyPairSync } from "node:crypto";
import { performance } from "node:perf_hooks";
import { parseDiasporaId } from "../../src/activitystreams/ids.ts";
import { describeError, isDxError } from "../../src/errors/error.ts";
import { openPublic } from "../../src/salmon/receive/open.ts";
import { MAX_MS } from "./fuzz/fuzzing.ts";
import { envelope } from "./fuzz/sealing.ts";

const RUNS = 5;
const AUTHOR = "alice@pod.example";
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const signer = { diaspora_id: AUTHOR, private_key_pkcs8_pem: pair.privateKey };
const author = parseDiasporaId(AUTHOR);
const deps = {
  keyOf: (id: string) => Promise.resolve(id === author ? pair.publicKey : null),
};

function post(text: string, more = "", attributes = ""): string {
  const values = `<author>${AUTHOR}</author><guid>0123456789abcdef</guid><public>true</public>`;
  return `<status_message${attributes}>${values}<text>${text}</text>${more}</status_message>`;
}

const LAUGHS = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY l${String(i + 1)} "${`&l${String(i)};`.repeat(10)}">`,
).join("");
const laughing = `<!DOCTYPE lolz [<!ENTITY l0 "lol">${LAUGHS}]>`;
const attributes = Array.from({ length: 75_000 }, (_, i) => ` a${String(i).padStart(6, "0")}=""`);
const astral = "\u{1f600}";

/** Signed payloads, but for what is a body by itself. */
const CASES: readonly (readonly [what: string, payload: string, answer: string])[] = [
  [
    "20,000 nested elements",
    post("", "<a>".repeat(20_000) + "</a>".repeat(20_000)),
    "DX_XML_TOO_BIG",
  ],
  ["20,000 sibling elements", post("", "<a>b</a>".repeat(20_000)), "DX_XML_TOO_BIG"],
  ["9,995 sibling elements, the most", post("", "<a>b</a>".repeat(9_995)), "taken"],
  ["1 MB of attributes", post("", "", attributes.join("")), "DX_XML_TOO_BIG"],
  ["one attribute of 1 MB", post("", "", ` a="${"x".repeat(1_000_000)}"`), "taken"],
  ["65,535 astral code points", post(astral.repeat(65_535)), "taken"],
  ["65,535 of them as references", post("&#x1F600;".repeat(65_535)), "taken"],
  ["65,536 astral code points", post(astral.repeat(65_536)), "DX_ENTITY_INVALID"],
  ["a billion laughs", laughing + post("&l9;"), "DX_XML_FORBIDDEN"],
];

async function answerTo(body: string): Promise<string> {
  try {
    await openPublic(Buffer.from(body), deps);
    return "taken";
  } catch (error) {
    return isDxError(error) ? error.code : describeError(error);
  }
}

const medianOf = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[times.length >> 1] ?? Infinity;
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`.padStart(9);

async function measure(what: string, body: string, expected: string): Promise<boolean> {
  const clock: number[] = [];
  const processor: number[] = [];
  let answer = "";
  for (let i = 0; i < RUNS; i += 1) {
    const began = performance.now();
    const before = process.threadCpuUsage();
    answer = await answerTo(body);
    const { user, system } = process.threadCpuUsage(before);
    processor.push((user + system) / 1000);
    clock.push(performance.now() - began);
  }
  const good = medianOf(processor) <= MAX_MS && answer === expected;
  const size = `${(Buffer.byteLength(body) / 1000).toFixed(0)} kB`;
  const figures = [
    milliseconds(medianOf(processor)),
    milliseconds(medianOf(clock)),
    size.padStart(8),
    answer.padEnd(18),
  ];
  console.log(`${figures.join("  ")}  ${what}${good ? "" : `  FAILED, expected ${expected}`}`);
  return good;
}

async function main(): Promise<number> {
  console.log(`processor, clock (medians of ${String(RUNS)}), from the body to the answer`);
  let failed = 0;
  for (const [what, payload, expected] of CASES) {
    if (!(await measure(what, envelope(payload, signer), expected))) failed += 1;
  }
  for (const what of ["a billion laughs", "20,000 nested elements"] as const) {
    const [, payload = "", expected = ""] = CASES.find(([name]) => name === what) ?? [];
    if (!(await measure(`${what}, as the body itself`, payload, expected))) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
