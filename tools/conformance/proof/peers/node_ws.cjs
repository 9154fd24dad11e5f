// The package `ws` under test: an echo server, or a driver of a fuzzing server's cases.
//
// node node_ws.cjs server [--tls-cert PEM --tls-key PEM]
// node node_ws.cjs client --url URL --agent NAME [--ca-file PEM]
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { parseArgs } = require('node:util');
const { WebSocket, WebSocketServer } = require('ws');

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    url: { type: 'string' },
    agent: { type: 'string' },
    'ca-file': { type: 'string' },
  },
});

const MOST = 64 * 1024 * 1024;
// Short messages are compressed too.
const perMessageDeflate = { threshold: 0 };

function echo(socket) {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  // The socket closes after it, which is all that has to happen.
  socket.on('error', (error) => console.error(error.message));
}

function serve() {
  const isSecure = options['tls-cert'] !== undefined;
  const web = isSecure
    ? https.createServer({
        cert: fs.readFileSync(options['tls-cert']),
        key: fs.readFileSync(options['tls-key']),
      })
    : http.createServer();
  const server = new WebSocketServer({ server: web, maxPayload: MOST, perMessageDeflate });
  server.on('connection', echo);
  web.listen(0, '127.0.0.1', () => {
    const scheme = isSecure ? 'wss' : 'ws';
    console.log(`listening on ${scheme}://127.0.0.1:${web.address().port}`);
  });
}

// Connects, and returns the text of the last message once the connection has ended.
function run(path, onOpen) {
  return new Promise((resolve) => {
    const ca = options['ca-file'] && fs.readFileSync(options['ca-file']);
    const socket = new WebSocket(options.url.replace(/\/$/, '') + path, {
      ca,
      maxPayload: MOST,
      perMessageDeflate,
    });
    let last;
    socket.on('close', () => resolve(last));
    if (onOpen) {
      onOpen(socket);
    } else {
      socket.on('message', (data) => {
        last = data.toString();
      });
      socket.on('error', (error) => console.error(`${path}: ${error.message}`));
    }
  });
}

async function drive() {
  const agent = encodeURIComponent(options.agent);
  const count = Number(await run('/getCaseCount'));
  if (!(count > 0)) {
    throw new Error('the server did not count its cases');
  }
  for (let number = 1; number <= count; number += 1) {
    await run(`/runCase?case=${number}&agent=${agent}`, echo);
  }
  await run(`/updateReports?agent=${agent}`);
}

if (positionals[0] === 'server') {
  serve();
} else {
  drive().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
