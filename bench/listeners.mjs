// Opens connections to /api/v1/events and holds them: node listeners.mjs ADDRESS SECRET CONNECTIONS USERS
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';

const [address, secret, connections, users] = process.argv.slice(2);
const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);

// What `admin token create` makes; two hundred calls of it would take longer than the rest of the run.
const claims = JSON.parse(process.env.BENCH_CLAIMS ?? '{}');
const token = user => {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, sub: `listener-${user}`, jti: randomUUID(), iat: now, nbf: now, exp: now + 3600 })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

const tokens = Array.from({ length: Number(users) }, (_, user) => token(user));
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
let open = 0;
for (let i = 0; i < Number(connections); i++) {
  http.get(`${address}/api/v1/events`, { agent, headers: { authorization: `Bearer ${tokens[i % tokens.length]}` } }, answer => {
    if (answer.statusCode !== 200) {
      console.error(`answer ${answer.statusCode}`);
      process.exit(1);
    }

    answer.resume();
    if (++open === Number(connections)) console.log(`listening ${open}`);
  }).on('error', fault => {
    console.error(String(fault));
    process.exit(1);
  });
}
