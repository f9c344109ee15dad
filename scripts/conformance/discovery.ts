/** Kinds about discovery documents: a document, and the fields that are read out of it. */
import { z } from "zod";
import { parseHCard, type HCard } from "../../src/salmon/discovery/hcard.ts";
import { personFromDiscovery } from "../../src/salmon/discovery/person.ts";
import {
  checkSubject,
  parseWebfingerJrd,
  type WebFinger,
} from "../../src/salmon/discovery/webfinger.ts";
import { parseHostMeta, parseWebfingerXrd } from "../../src/salmon/discovery/xrd.ts";
import type { Produced } from "./kinds.ts";
import { idOf } from "./surroundings.ts";
import type { Vector } from "./vectors.ts";

const DOCUMENT = z.object({
  body: z.string(),
  wanted_id: z.string().optional(),
  gem: z.string().optional(),
});
const PERSON = z.object({ webfinger: z.string(), hcard: z.string(), wanted_id: z.string() });

function webfingerFields(webfinger: WebFinger): Produced {
  return {
    valid: true,
    fields: {
      acct_uri: webfinger.subject,
      alias_url: webfinger.aliasUrl,
      hcard_url: webfinger.hcardUrl,
      seed_url: webfinger.seedUrl,
      profile_url: webfinger.profileUrl,
      atom_url: webfinger.atomUrl,
      salmon_url: webfinger.salmonUrl,
      subscribe_url: webfinger.subscribeUrl,
      guid: webfinger.guid,
      public_key: webfinger.publicKeyPem,
    },
  };
}

export function runWebfinger(vector: Vector): Produced {
  const { body, wanted_id: wanted } = DOCUMENT.parse(vector.input);
  const webfinger = parseWebfingerJrd(body);
  if (wanted !== undefined) checkSubject(idOf(wanted), webfinger);
  return webfingerFields(webfinger);
}

export function runWebfingerXrd(vector: Vector): Produced {
  return webfingerFields(parseWebfingerXrd(DOCUMENT.parse(vector.input).body));
}

export function runHostMeta(vector: Vector): Produced {
  const template = parseHostMeta(DOCUMENT.parse(vector.input).body);
  return { valid: true, fields: { webfinger_template_url: template } };
}

/** Only the oldest gem read #pod_location; the later ones have the field and leave it empty. */
function hcardFields(hcard: HCard, gem = ""): Record<string, unknown> {
  return {
    guid: hcard.guid,
    nickname: hcard.nickname,
    full_name: hcard.fullName,
    url: /^v0\.0\./.test(gem) ? hcard.podUrl : null,
    public_key: hcard.publicKeyPem,
    photo_large_url: hcard.photoLargeUrl,
    photo_medium_url: hcard.photoMediumUrl,
    photo_small_url: hcard.photoSmallUrl,
    first_name: hcard.firstName,
    last_name: hcard.lastName,
    searchable: hcard.searchable,
  };
}

export function runHCard(vector: Vector): Produced {
  const { body, gem } = DOCUMENT.parse(vector.input);
  return { valid: true, fields: hcardFields(parseHCard(body), gem) };
}

export function runPerson(vector: Vector): Produced {
  const input = PERSON.parse(vector.input);
  const hcard = parseHCard(input.hcard);
  const wanted = idOf(input.wanted_id);
  const person = personFromDiscovery(wanted, parseWebfingerJrd(input.webfinger), hcard);
  return {
    valid: true,
    person: {
      guid: person.guid,
      author: person.diasporaId,
      url: person.podUrl,
      exported_key: person.publicKeyPem,
      profile: {
        author: person.diasporaId,
        first_name: hcard.firstName,
        last_name: hcard.lastName,
        image_url: hcard.photoLargeUrl,
        image_url_medium: hcard.photoMediumUrl,
        image_url_small: hcard.photoSmallUrl,
        searchable: hcard.searchable,
      },
    },
  };
}
