// The gateway's configuration file for a run: keys on, log at info, every route the steps name.

import { clientKey, createRoutes, dialectIds } from './steps.mjs'

const table = (name, fields) =>
  [
    `[${name}]`,
    ...Object.entries(fields).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    '',
  ].join('\n')

const provider = (name, dialect, base) =>
  table(`providers.${name}`, {
    base_url: base,
    dialect: dialectIds[dialect],
    api_key: 'upstream-key',
    default_model: 'mock-whole',
  })

/** `ports`: of the upstreams of whole answers and of streams, and one nothing listens on. */
export function createConfiguration(ports) {
  const local = (port, folder = '') => `http://127.0.0.1:${port}${folder}/v1`
  const equals = Object.keys(dialectIds).flatMap((dialect) =>
    ['one', 'two'].flatMap((name) => [
      provider(`whole-${dialect}-${name}`, dialect, local(ports.wholes)),
      provider(`stream-${dialect}-${name}`, dialect, local(ports.streams)),
    ]),
  )
  return [
    table('server', { host: '127.0.0.1', port: 0, api_keys: [clientKey, 'another-key'] }),
    table('log', { level: 'info', format: 'json' }),
    table('discover', { enabled: false }),
    // Two rounds of failed attempts would only measure the pause between them.
    table('retry', { max: 0 }),
    ...equals,
    provider('failing', 'openai', local(ports.wholes, '/fail')),
    provider('refusing', 'openai', local(ports.nobody)),
    ...Object.entries(createRoutes()).map(([name, route]) => table(`routes.${name}`, route)),
  ].join('\n')
}
