// Makes what bench/gateway.sh sends and what the mock upstream streams, always the same.
//   node make.mjs DIRECTORY             the bodies answer-1k.json, answer-76k.json, stream-1k.json, stream-76k.json; stream.sse, and stream.conf
//                                      with the same for nginx
//   node make.mjs --session SECRET SUB  a session token as `claude gateway` signs them
import { createHash, createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const models = { answer: 'claude-haiku-4-5', stream: 'claude-sonnet-4-5' }
const words = ('the a ferry harbour ticket office island tide lamp quay captain timetable leaves returns opens closes reads writes checks changes when before after while ' +
  'because each every no one first last file folder test line number value result function handler request answer list map key name path state table row column').split(' ')

let state = 20260101
const next = below => (state = (Math.imul(state, 1103515245) + 12345) >>> 0, (state >>> 8) % below)
const pick = list => list[next(list.length)]
const sentence = () => { const s = Array.from({ length: 8 + next(10) }, () => pick(words)).join(' '); return s[0].toUpperCase() + s.slice(1) + '.' }
const prose = length => { let text = ''; while (text.length < length) text += sentence() + (next(5) ? ' ' : '\n'); return text.slice(0, length) }
const hex = length => Array.from({ length }, () => next(16).toString(16)).join('')
const id = () => 'toolu_01' + Array.from({ length: 22 }, () => 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'[next(57)]).join('')
const file = () => `/home/alice/ferry/src/${pick(words)}/${pick(words)}-${pick(words)}.ts`
const code = lines => Array.from({ length: lines }, (_, i) => `${String(i + 1).padStart(6)}\t` + pick([
  () => `export function ${pick(words)}${next(90)}(${pick(words)}: string, ${pick(words)}s: number[]): Map<string, number> {`,
  () => `  const ${pick(words)}_${next(90)} = ${pick(words)}s.filter(x => x > ${next(900)}).map(x => x * ${next(9)})`,
  () => `  if (${pick(words)} === "${pick(words)} ${pick(words)}") return ${pick(words)}.get("${pick(words)}") ?? ${next(1000)}`,
  () => `  // ${sentence()}`,
  () => '}',
  () => ''])()).join('\n')

const tools = ['Task', 'Bash', 'Glob', 'Grep', 'Read', 'Edit', 'Write', 'NotebookEdit', 'WebFetch', 'WebSearch', 'TodoWrite', 'BashOutput', 'KillShell', 'Skill', 'SlashCommand', 'ExitPlanMode',
  'AskUserQuestion', 'ListMcpResources', 'ReadMcpResource', 'mcp__timetable__search', 'mcp__timetable__read', 'mcp__tickets__list', 'mcp__tickets__create', 'mcp__tickets__comment']

// As Claude Code sends them: two blocks of system text, its tools, a conversation of tool calls and their results, cache marks at their ends.
function session(kind, size) {
  state = 20260101
  const cached = { cache_control: { type: 'ephemeral' } }
  const body = {
    model: models[kind], max_tokens: 32000, ...(kind === 'stream' && { stream: true }),
    system: [{ type: 'text', text: 'You are Claude Code, a command line tool that helps with software.', ...cached }, { type: 'text', text: prose(13000), ...cached }],
    metadata: { user_id: 'user_bench_account__session_4c5b8d1e-65a5-4a54-8f6e-0a4f5d1b2c3d' },
    tools: tools.map(name => ({ name, description: prose(900), input_schema: {
      $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', additionalProperties: false, required: ['path'],
      properties: { path: { type: 'string', description: prose(90) }, pattern: { type: 'string', description: prose(70) }, limit: { type: 'number', description: prose(60) } } } })),
    messages: [{ role: 'user', content: [{ type: 'text', text: 'The Sunday timetable shows the winter ferry twice. Find out why, and mend it.' }] }],
  }
  const uses = [
    () => ['Read', { path: file() }, code(40)],
    () => ['Bash', { command: `git log --oneline -12 -- ${file()}`, description: 'Show who changed the file' }, Array.from({ length: 12 }, () => `${hex(7)} ${sentence()}`).join('\n')],
    () => ['Grep', { pattern: `${pick(words)}.*${pick(words)}`, path: '/home/alice/ferry/src', output_mode: 'content' }, Array.from({ length: 20 }, () => `${file()}:${next(400)}: ${sentence()}`).join('\n')],
    () => ['Edit', { file_path: file(), old_string: code(4), new_string: code(5) }, 'The file has been updated.'],
  ]
  const length = () => Buffer.byteLength(JSON.stringify(body))
  for (let i = 0; length() < size - 6000; i++) {
    const [name, input, output] = uses[i % uses.length](), tool_use_id = id()
    body.messages.push({ role: 'assistant', content: [{ type: 'text', text: prose(160) }, { type: 'tool_use', id: tool_use_id, name, input }] })
    body.messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id, content: output, is_error: false }] })
  }
  const last = body.messages.at(-1).content
  last.push({ type: 'text', text: '', ...cached })
  last.at(-1).text = prose(size * 2).replaceAll('\n', ' ').slice(0, size - length())
  return body
}

function question(kind, size) {
  const body = { model: models[kind], max_tokens: 64, ...(kind === 'stream' && { stream: true }), messages: [{ role: 'user', content: '' }] }
  const left = size - JSON.stringify(body).length
  body.messages[0].content = 'When does the ferry to the island leave, and who sells the tickets on a Sunday? '.repeat(20).slice(0, left)
  return body
}

// Sixty pieces of text, as Anthropic streams them.
function stream() {
  const text = 'The harbour office opens at six, and the ferry to the island leaves at half past. '.repeat(5).split(/(?<= )/).slice(0, 60)
  const usage = { input_tokens: 231, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
  const events = [
    { type: 'message_start', message: { id: 'msg_01XFDUDYJgAACzvnptvVoYEL', type: 'message', role: 'assistant', model: models.stream, content: [], stop_reason: null, stop_sequence: null, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...text.map(text => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 82 } },
    { type: 'message_stop' }]
  return events.map(e => `event: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`)
}

function sessionToken(secret, sub) {
  const part = o => Buffer.from(JSON.stringify(o)).toString('base64url'), now = Math.floor(Date.now() / 1000)
  const head = { alg: 'HS256', typ: 'JWT', kid: createHash('sha256').update(secret).digest().subarray(0, 8).toString('hex') }
  const text = part(head) + '.' + part({ sub, email: `${sub}@example.com`, name: sub, aud: 'claude-gateway', iat: now, exp: now + 12 * 3600 })
  return text + '.' + createHmac('sha256', secret).update(text).digest('base64url')
}

const [what, ...rest] = process.argv.slice(2)
if (what === '--session') {
  console.log(sessionToken(...rest))
} else {
  for (const kind of ['answer', 'stream']) {
    writeFileSync(join(what, `${kind}-1k.json`), JSON.stringify(question(kind, 1024)))
    writeFileSync(join(what, `${kind}-76k.json`), JSON.stringify(session(kind, 76 * 1024)))
  }
  const events = stream()
  writeFileSync(join(what, 'stream.sse'), events.join(''))
  // nginx takes no text above 4 KB at a time, so it joins three.
  const third = n => events.slice(n * events.length / 3, (n + 1) * events.length / 3).join('')
  writeFileSync(join(what, 'stream.conf'), [0, 1, 2].map(n => `map $host $stream${n} { default '${third(n)}'; }\n`).join(''))
}
