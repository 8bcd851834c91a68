// nginx as the thing to compare with (proxy_pass, unbuffered, upstream connections kept) and as the
// cheapest mock for whole answers. Everything it writes is below one temporary folder.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from './mock-answers.mjs'

/** Whether an nginx can be started here. */
export const hasNginx = () => spawnSync('nginx', ['-v']).status === 0

const frame = (pid, body) => `worker_processes 1;
pid ${pid}.pid;
error_log stderr crit;
daemon off;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_timeout 3600;
  keepalive_requests 100000000;
  tcp_nodelay on;
  client_max_body_size 64m;
  client_body_buffer_size 2m;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
${body}
}
`

/** A server on `port` that has one whole answer for each dialect, and 500 below /fail. */
const mock = (port) =>
  frame(
    'mock',
    `  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type application/json;
    location /fail { return 500 '{"error":{"message":"out of order","type":"server_error"}}'; }
    location ~ /messages$ { return 200 '${answers.anthropic.whole}'; }
    location / { return 200 '${answers.openai.whole}'; }
  }`,
  )

/** Forwards to the upstream of whole answers; below /streams to that of streams. */
const proxy = (port, upstreams) =>
  frame(
    'proxy',
    `  upstream wholes { server 127.0.0.1:${upstreams.wholes}; keepalive 256; keepalive_requests 100000000; keepalive_timeout 3600; }
  upstream streams { server 127.0.0.1:${upstreams.streams}; keepalive 1024; keepalive_requests 100000000; keepalive_timeout 3600; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Authorization "Bearer upstream-key";
  proxy_buffering off;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location /streams/ { proxy_pass http://streams/; }
    location / { proxy_pass http://wholes; }
  }`,
  )

/** The command that runs nginx as the mock of whole answers. */
export const mockCommand = (folder, port) => command(join(folder, 'nginx-mock'), mock(port))

/** The command that runs nginx as the gateway to compare with. */
export const proxyCommand = (folder, port, upstreams) =>
  command(join(folder, 'nginx-proxy'), proxy(port, upstreams))

function command(prefix, configuration) {
  mkdirSync(prefix, { recursive: true })
  writeFileSync(join(prefix, 'nginx.conf'), configuration)
  return ['nginx', '-p', prefix, '-c', join(prefix, 'nginx.conf')]
}
