// Echo with ws, the WebSocket library of Node.js: node echo.js HOST PORT.
"use strict";

const { WebSocketServer } = require("ws");

const LARGEST_MESSAGE = 64 << 20; // bytes
const [host, port] = process.argv.slice(2);

const server = new WebSocketServer({
  host,
  port: Number(port),
  maxPayload: LARGEST_MESSAGE,
  perMessageDeflate: true,
});

server.on("connection", (connection) => {
  connection.on("error", () => {}); // without a listener, a broken frame of a client ends the process
  connection.on("message", (data, isBinary) => connection.send(data, { binary: isBinary }));
});
