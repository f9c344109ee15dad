/** What XMPP brings, as seeds: entries of other software, cards, and what clients send. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN } from "../../unit/connector/support.ts";
import type { Door, Seed } from "./corpus.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/entries");
const TRANSCRIPTS = join(import.meta.dirname, "../../transcripts");

function filesIn(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

/** On one line, or up to the end tag in its own column. */
const STANZA = /^ {2}<(iq|message|presence)\b(?:.*(?:\/>|<\/\1>)$|[^]*?^ {2}<\/\1>$)/gm;

/** Of the flows: to the gateway that the fuzz has, from somebody of its own server. */
function stanzasIn(transcript: string): string[] {
  return [...transcript.matchAll(STANZA)]
    .map(([text]) => text.trim())
    .filter((text) => / to="[^"]*dx\.home\.example/.test(text) && !/^<\w+[^>]* from=/.test(text))
    .map((text) =>
      text
        .replace(/^<(\w+)/, '<$1 from="bob@example.org/phone"')
        .replaceAll("dx.home.example", DOMAIN)
        .replaceAll(/\{[a-z0-9.]+\}/g, "0123456789abcdef0123456789abcdef"),
    );
}

const AT = '<iq type="set" id="1" from="bob@example.org/phone" to=';
const ALICE = `"alice\\40pod.example@${DOMAIN}"`;
const NS_PUBSUB = "http://jabber.org/protocol/pubsub";

const STANZAS = [
  `${AT}"${DOMAIN}"><query xmlns="jabber:iq:register"/></iq>`,
  `${AT}"${DOMAIN}"><query xmlns="jabber:iq:gateway"><prompt>alice@pod.example</prompt></query></iq>`,
  `${AT}"${DOMAIN}"><command xmlns="http://jabber.org/protocol/commands" node="jabber:iq:register"/></iq>`,
  `${AT}${ALICE}><pubsub xmlns="${NS_PUBSUB}"><subscribe node="urn:xmpp:microblog:0" jid="bob@example.org"/></pubsub></iq>`,
  `<iq type="get" id="2" from="bob@example.org/phone" to=${ALICE}><pubsub xmlns="${NS_PUBSUB}"><items node="urn:xmpp:microblog:0" max_items="10"/><set xmlns="http://jabber.org/protocol/rsm"><max>10</max><before>a</before></set></pubsub></iq>`,
  `<message type="headline" from="bob@example.org" to="${DOMAIN}"><event xmlns="${NS_PUBSUB}#event"><items node="urn:xmpp:microblog:0"><item id="a" publisher="bob@example.org/x"><entry xmlns="http://www.w3.org/2005/Atom"><title>words</title></entry></item><retract id="b"/></items></event></message>`,
  `<message type="chat" from="bob@example.org/phone" to=${ALICE}><body>&gt; quoted\nan answer</body><reply xmlns="urn:xmpp:reply:0" id="c"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="9"/></fallback><thread>t</thread></message>`,
  `<message type="chat" from="bob@example.org/phone" to=${ALICE}><reactions xmlns="urn:xmpp:reactions:0" id="d"><reaction>👍</reaction></reactions></message>`,
  `<presence from="bob@example.org/phone" to="${DOMAIN}"><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://client.example/" ver="QgayPKawpkPSDYmwT/WM94uAlu0="/></presence>`,
];

const ATTACHMENTS = [
  '<attachments xmlns="urn:xmpp:pubsub-attachments:1"><noticed timestamp="2026-04-05T06:07:08Z"/><reactions timestamp="2026-04-05T06:07:08Z"><reaction>👍</reaction><reaction>🌊</reaction></reactions></attachments>',
  '<attachments xmlns="urn:xmpp:pubsub-attachments:1"><vote xmlns="urn:diaspora-x:0" answer="0123456789abcdef0123456789abcdef" timestamp="2026-04-05T06:07:08Z"/><rsvp xmlns="urn:xmpp:calendar-events:0"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>urn:xmpp:calendar-events:rsvp:0</value></field><field var="attending"><value>yes</value></field></x></rsvp></attachments>',
];

const CARDS = [
  '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"><fn><text>Bob B.</text></fn><n><given>Bob</given><surname>B.</surname></n><nickname><text>bob</text></nickname><bday><date>1990-02-03</date></bday><note><text>words #tag</text></note><adr><locality>Verona</locality></adr><gender><identity>he</identity></gender><url><uri>https://bob.example/</uri></url></vcard>',
  '<vCard xmlns="vcard-temp"><FN>Bob B.</FN><N><GIVEN>Bob</GIVEN><FAMILY>B.</FAMILY></N><BDAY>1990-02-03</BDAY><DESC>words</DESC><ADR><LOCALITY>Verona</LOCALITY></ADR><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO></vCard>',
  '<nick xmlns="http://jabber.org/protocol/nick">Bob</nick>',
  '<metadata xmlns="urn:xmpp:avatar:metadata"><info id="0123456789abcdef0123456789abcdef01234567" type="image/png" bytes="100" width="64" height="64"/></metadata>',
];

export function xmppSeeds(): Seed[] {
  const texts: readonly (readonly [Door, readonly string[]])[] = [
    ["entry", filesIn(FIXTURES, ".xml")],
    ["attachments", ATTACHMENTS],
    ["card", CARDS],
    ["stanza", [...STANZAS, ...filesIn(TRANSCRIPTS, ".txt").flatMap(stanzasIn)]],
  ];
  return texts.flatMap(([door, all]) =>
    all.map((text) => ({ name: `xmpp ${door}`, door, text, recipient: null })),
  );
}
