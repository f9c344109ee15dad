/** What a development environment consists of, before anything of it runs: ports and pods. */
import { join } from "node:path";
import type { DevOptions } from "./options.ts";
import type { PodPlan } from "./pod.ts";
import { keptPort, portIsFree, preferredPort } from "./ports.ts";

/** By use: `c2s`, `component`, `api`, `http of <domain>`. */
export type Ports = Readonly<Record<string, number>>;

export function domainsOf(options: DevOptions): readonly string[] {
  return options.pods === 1 ? [options.domain] : [`a.${options.domain}`, `b.${options.domain}`];
}

/** Those of earlier runs, so that addresses stay what they were. */
export async function choosePorts(
  options: DevOptions,
  domains: readonly string[],
  earlier: Ports,
): Promise<Ports> {
  const host = options.lan ? "0.0.0.0" : "127.0.0.1";
  const ports: Record<string, number> = { ...earlier };
  for (const use of ["component", "api"]) ports[use] = await keptPort(earlier[use]);
  ports["c2s"] = await preferredPort([earlier["c2s"] ?? 5222, 15_222], host);
  for (const domain of domains) {
    const use = httpUse(domain);
    ports[use] = await httpPort(options, earlier[use], host);
  }
  return ports;
}

function httpUse(domain: string): string {
  return `http of ${domain}`;
}

async function httpPort(
  options: DevOptions,
  earlier: number | undefined,
  host: string,
): Promise<number> {
  if (options.pods === 2) return await keptPort(earlier, host);
  const fixed = options.port ?? earlier;
  if (fixed === undefined) return await preferredPort([4001, 4002, 4003], host);
  if (await portIsFree(fixed, host)) return fixed;
  // Another port would make other IDs, and pods know people by their IDs.
  throw new Error(
    `port ${String(fixed)}, which the diaspora* IDs carry, is taken: free it, or choose another with --port`,
  );
}

/** Of the component of this domain. */
export function secretFile(dir: string, domain: string): string {
  return join(dir, "secrets", `component-of-${domain}`);
}

export function portFor(ports: Ports, use: string): number {
  const port = ports[use];
  if (port === undefined) throw new Error(`no port was chosen for ${use}`);
  return port;
}

export function podPlans(
  options: DevOptions,
  domains: readonly string[],
  ports: Ports,
  dir: string,
): readonly PodPlan[] {
  const two = options.pods === 2;
  const names = two
    ? Object.fromEntries(
        domains.map((domain) => [domain, `127.0.0.1:${String(portFor(ports, httpUse(domain)))}`]),
      )
    : {};
  return domains.map((domain) => {
    const port = portFor(ports, httpUse(domain));
    const host = options.lan ? domain : "localhost";
    const diasporaDomain = two ? domain : `${host}:${String(port)}`;
    return {
      dir: join(dir, "pods", domain),
      domain,
      component: {
        domain: `diaspora.${domain}`,
        port: portFor(ports, "component"),
        secretFile: secretFile(dir, domain),
      },
      diasporaDomain,
      url: `http://${diasporaDomain}/`,
      listen: { host: options.lan ? "0.0.0.0" : "127.0.0.1", port },
      names,
    };
  });
}
