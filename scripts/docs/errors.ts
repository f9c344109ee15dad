/** docs/errors.md: the registry of error codes as a table. */
import { ERRORS, type ErrorCode, type ErrorEntry } from "../../src/errors/registry.ts";
import { ERROR_ADVICE } from "./error-advice.ts";

const HEAD = `# Error codes

<!-- Made from src/errors/registry.ts and scripts/docs/error-advice.ts by \`npm run docs\`. -->

Each failure has a code that never changes its meaning; it stands in the log beside the facts. What a stranger is told follows from it: over XMPP a stanza error (RFC 6120 §8.3), over HTTP a status. "Again" says whether the same thing may succeed later by itself, and the last column what can be done about it.

| code | meaning | again | stanza error | HTTP | what to do |
| --- | --- | --- | --- | --- | --- |
`;

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

const ERROR_CODES = Object.keys(ERRORS).filter(isErrorCode).sort();

export function renderErrorReference(): string {
  const rows = ERROR_CODES.map((code) => {
    const { message, retry, stanza, http }: ErrorEntry = ERRORS[code];
    const again = retry ? "yes" : "no";
    const advice = ERROR_ADVICE[code].replaceAll("*", "\\*");
    return `| \`${code}\` | ${message} | ${again} | ${stanza.join(", ")} | ${String(http)} | ${advice} |\n`;
  });
  return HEAD + rows.join("");
}
