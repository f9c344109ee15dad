/** docs/config.md: every key with its variable, its default and what is accepted. */
import { CONFIG_KEYS, CONFIG_SECTIONS, type ConfigKey } from "../../src/config/keys.ts";

const HEAD = `# Configuration

<!-- Made from src/config/schema.ts by \`npm run docs\`. -->

One YAML file, named by \`--config\` or \`DIASPORA_X_CONFIG\`; else \`diaspora-x.yaml\` in the working folder, else \`/etc/diaspora-x/config.yaml\`; else the environment alone. \`config/example.yaml\` holds every key with a comment.

- Every key can be given by the environment, which wins over the file: \`DIASPORA_X_\` and the key's path in capitals, joined by underscores.
- Lists are separated by commas: \`DIASPORA_X_SERVER_TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8\`. Entries with a second part use \`=\`: \`DIASPORA_X_XMPP_DOMAINS=example.org=social.example.org\`, \`DIASPORA_X_DEVELOPMENT_NAMES=a.local=127.0.0.1:4001\`.
- Secrets are better kept in files: each has a second key that ends in \`_file\` (and a variable that ends in \`_FILE\`).
- Relative paths start at the configuration file's folder, those from the environment at the working folder.
- Keys that are marked _reloads_ count as soon as a running daemon gets SIGHUP (\`systemctl reload\`). Any other that was changed is named in the log, and counts from the next start on. A file that is wrong changes nothing.
- An unknown key or an unknown \`DIASPORA_X_\` variable is an error, so that a slip of the hand is noticed.

\`diaspora-x check-config\` names every fault by key, with its mend, and exits with 1 if there is one.
`;

export function renderConfigReference(): string {
  const top = CONFIG_KEYS.filter((key) => !key.path.includes("."));
  const parts = [HEAD, table(top)];
  for (const section of CONFIG_SECTIONS) {
    parts.push(`## ${section.path}\n\n${section.description}\n`);
    const own = CONFIG_KEYS.filter(
      (key) => key.path.slice(0, key.path.lastIndexOf(".")) === section.path,
    );
    if (own.length > 0) parts.push(table(own));
  }
  return parts.join("\n");
}

function table(keys: readonly ConfigKey[]): string {
  const rows = keys.map((key) => `| ${cells(key).map(escapeCell).join(" | ")} |`);
  return [
    "| key | what it is | accepted | default |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function cells(key: ConfigKey): string[] {
  const description = key.reloads ? `${key.description} _Reloads._` : key.description;
  return [`\`${key.path}\`<br>\`${key.variable}\``, description, key.accepts, presetOf(key)];
}

function presetOf(key: ConfigKey): string {
  if (key.preset !== undefined) return `\`${JSON.stringify(key.preset)}\``;
  return key.required ? "none: must be given" : "none";
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
