// SPDX-License-Identifier: Apache-2.0
// A peer: MQTT.js with a durable outgoing store (LevelDB), QoS 1, at most WINDOW submitted and not
// acknowledged. It survives kill -9; nothing is synced for a message.
//
// mqttjs.js PORT COUNT WINDOW FOLDER     NODE_PATH names the folder that has the packages
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const mqtt = require('mqtt');
const level = require('mqtt-level-store');

const BYTES = 600;
const [port, countText, windowText, folder] = process.argv.slice(2);
const count = Number(countText);
const window = Number(windowText);
const stores = level(folder);
const began = new Float64Array(count);
const took = [];
// Text that no packing makes shorter, another piece for each number.
const OPAQUE = crypto.randomBytes(1 << 20).toString('base64');
let submitted = 0;
let before;

function nowUs() {
  return Number(process.hrtime.bigint()) / 1000;
}

function payload(number) {
  const head = '{"resourceType":"Observation","status":"final","identifier":[{"system":"urn:vaka:bench",' +
    `"value":"obs-${String(number).padStart(8, '0')}"}],"code":{"coding":[{"system":"http://loinc.org",` +
    `"code":"85354-9"}]},"component":[{"valueQuantity":{"value":${110 + number % 50},"unit":"mmHg"}},` +
    `{"valueQuantity":{"value":${60 + number % 40},"unit":"mmHg"}}],"note":"`;
  const at = number * 613 % (OPAQUE.length - BYTES);
  return head + OPAQUE.slice(at, at + BYTES - 2 - head.length) + '"}';
}

function written() {
  return Number(/^write_bytes: (\d+)$/m.exec(fs.readFileSync('/proc/self/io', 'latin1'))[1]);
}

function cpuUs() {
  const used = process.cpuUsage();
  return used.user + used.system;
}

function end() {
  const seconds = (nowUs() - before.us) / 1e6;
  took.sort((a, b) => a - b);
  console.log(JSON.stringify({
    rate: Math.round(count / seconds), seconds, cpu_us: (cpuUs() - before.cpu) / count,
    written: Math.round((written() - before.written) / count),
    p50_us: took[count >> 1], p99_us: took[Math.floor(count * 0.99)], most_us: took[count - 1],
  }));
  process.exit(0);
}

const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
  clientId: 'bench-mqttjs', clean: false, keepalive: 60,
  incomingStore: stores.incoming, outgoingStore: stores.outgoing,
});

function more() {
  while (submitted < count && submitted - took.length < window) {
    const number = submitted++;
    began[number] = nowUs();
    client.publish('bench/obs', payload(number), { qos: 1 }, (error) => {
      if (error) throw error;
      took.push(nowUs() - began[number]);
      if (took.length === count) end();
      else more();
    });
  }
}

client.once('connect', () => {
  before = { us: nowUs(), cpu: cpuUs(), written: written() };
  more();
});
