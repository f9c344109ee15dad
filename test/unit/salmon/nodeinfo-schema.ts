/**
 * The three JSON schemas (draft-04) of https://nodeinfo.diaspora.software/schema, made from
 * what they say: which properties there are, of which type, and the words of each list. The
 * original has the same rules as three files.
 */
const words = (text: string): { readonly enum: readonly string[] } => ({ enum: text.split(" ") });

const STRING = { type: "string" };
const COUNT = { type: "integer", minimum: 0 };

/** Every property that is named, and no other. */
function closed(properties: Readonly<Record<string, unknown>>, required: string): object {
  const names = required === "" ? {} : { required: required.split(" ") };
  return { type: "object", additionalProperties: false, properties, ...names };
}

const list = (items: object, minItems: number): object => ({ type: "array", items, minItems });

const OUTBOUND =
  "blogger buddycloud diaspora dreamwidth drupal facebook friendica gnusocial google " +
  "insanejournal libertree linkedin livejournal mediagoblin myspace pinterest posterous pumpio " +
  "redmatrix smtp tent tumblr twitter wordpress xmpp";

interface Differences {
  readonly software: object;
  readonly protocols: object;
  readonly inbound: string;
  readonly outbound: string;
}

const TWO_WAYS = list(
  words("buddycloud diaspora friendica gnusocial libertree mediagoblin pumpio redmatrix smtp tent"),
  1,
);
const NAME = { type: "string", pattern: "^[a-z0-9-]+$" };
const SINCE_2_0 = {
  protocols: list(
    words("activitypub buddycloud dfrn diaspora libertree ostatus pumpio tent xmpp zot"),
    1,
  ),
  inbound: "atom1.0 gnusocial imap pnut pop3 pumpio rss2.0 twitter",
  outbound: `atom1.0 pnut rss2.0 ${OUTBOUND}`,
};

const DIFFERENCES: Readonly<Record<"1.0" | "2.0" | "2.1", Differences>> = {
  "1.0": {
    software: closed(
      { name: words("diaspora friendica redmatrix"), version: STRING },
      "name version",
    ),
    protocols: closed({ inbound: TWO_WAYS, outbound: TWO_WAYS }, "inbound outbound"),
    inbound: "appnet gnusocial pumpio",
    outbound: `appnet ${OUTBOUND}`,
  },
  "2.0": { ...SINCE_2_0, software: closed({ name: NAME, version: STRING }, "name version") },
  "2.1": {
    ...SINCE_2_0,
    software: closed(
      { name: NAME, version: STRING, repository: STRING, homepage: STRING },
      "name version",
    ),
  },
};

export function nodeinfoSchema(version: "1.0" | "2.0" | "2.1"): object {
  const { software, protocols, inbound, outbound } = DIFFERENCES[version];
  return {
    $schema: "http://json-schema.org/draft-04/schema#",
    id: `http://nodeinfo.diaspora.software/ns/schema/${version}#`,
    ...closed(
      {
        version: words(version),
        software,
        protocols,
        services: closed(
          { inbound: list(words(inbound), 0), outbound: list(words(outbound), 0) },
          "inbound outbound",
        ),
        openRegistrations: { type: "boolean" },
        usage: closed(
          {
            users: closed({ total: COUNT, activeHalfyear: COUNT, activeMonth: COUNT }, ""),
            localPosts: COUNT,
            localComments: COUNT,
          },
          "users",
        ),
        metadata: { type: "object" },
      },
      "version software protocols services openRegistrations usage metadata",
    ),
  };
}
