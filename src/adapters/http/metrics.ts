/** Counts and times in the words of Prometheus, by its own client. One registry for each server, never the global one. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../../core/http.ts';

/** A count that goes up and down, looked at when it is asked for. */
export interface GaugeSource {
  readonly help: string;
  value(): number;
}

const COUNTERS: Readonly<Record<string, readonly [help: string, labels: readonly string[]]>> = {
  events_total: ['Events that came in, by what became of them', ['outcome']],
  http_requests_total: ['Requests that were answered', ['method', 'route', 'status']],
  flush_failures_total: ['Flushes into the journals that failed, and are tried again', []],
};
const TIMES: Readonly<Record<string, readonly [help: string, labels: readonly string[]]>> = {
  http_request_duration_seconds: ['From the first line of a request to the last byte of its answer', ['method', 'route']],
  flush_duration_seconds: ['How long a flush into the journals took', []],
};
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes a meter; names get the prefix `gittrace_`. */
export function makeMeter(gauges: Readonly<Record<string, GaugeSource>>): Meter {
  const registry = new Registry();
  const registers = [registry];
  const named = (name: string): string => `gittrace_${name}`;
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, [help, labels]]) => [
      name,
      new Counter({ name: named(name), help, labelNames: [...labels], registers }),
    ]),
  );
  const times = new Map(
    Object.entries(TIMES).map(([name, [help, labels]]) => [
      name,
      new Histogram({ name: named(name), help, labelNames: [...labels], buckets: BUCKETS, registers }),
    ]),
  );
  for (const [name, { help, value }] of Object.entries(gauges)) {
    new Gauge({
      name: named(name),
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
  return {
    add: (name, labels, count) => counters.get(name)?.inc({ ...labels }, count),
    observe: (name, labels, seconds) => times.get(name)?.observe({ ...labels }, seconds),
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  };
}
