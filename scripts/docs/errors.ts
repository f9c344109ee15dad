/** docs/errors.md: the registry of error codes as a table. */
import { ERRORS, type ErrorEntry } from "../../src/errors/registry.ts";

const HEAD = `# Error codes

<!-- Made from src/errors/registry.ts by \`npm run docs\`. -->

Each failure has a code that never changes its meaning; it stands in the log beside the facts. What a stranger is told follows from it: over XMPP a stanza error (RFC 6120 §8.3), over HTTP a status. "Again" says whether the same thing may succeed later by itself.

| code | meaning | again | stanza error | HTTP |
| --- | --- | --- | --- | --- |
`;

export function renderErrorReference(): string {
  const entries: [string, ErrorEntry][] = Object.entries(ERRORS);
  const rows = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, entry]) => {
      const [type, condition] = entry.stanza;
      const again = entry.retry ? "yes" : "no";
      return `| \`${code}\` | ${entry.message} | ${again} | ${type}, ${condition} | ${String(entry.http)} |\n`;
    });
  return HEAD + rows.join("");
}
