// OpenAI's own library against the gateway. Prints one JSON object: what each call came to.
import { createRequire } from 'node:module';

const { MODULES, BASE_URL, TOKEN, PROMPT } = process.env;
const library = createRequire(`${MODULES}/`)('openai');
const client = new (library.OpenAI ?? library.default ?? library)({ baseURL: BASE_URL, apiKey: TOKEN });
const said = PROMPT ?? 'say pineapple, and say it so long that it comes in pieces 🍍';
const messages = [{ role: 'user', content: said }];
const tool = {
  type: 'function',
  function: { name: 'add', parse: JSON.parse, function: ({ a, b }) => `${a + b}`, parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } } },
};

const steps = {
  async chat() {
    const answer = await client.chat.completions.create({ model: 'echo', messages });
    return { text: answer.choices[0].message.content, stop: answer.choices[0].finish_reason, tokens: answer.usage.total_tokens };
  },
  async chatStream() {
    let text = '', tokens = null, pieces = 0;
    for await (const chunk of await client.chat.completions.create({ model: 'echo', messages, stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.delta?.content ?? '';
      pieces += chunk.choices[0]?.delta?.content ? 1 : 0;
      tokens = chunk.usage?.total_tokens ?? tokens;
    }
    return { text, tokens, inPieces: pieces > 1 };
  },
  async chatTool() {
    const run = client.chat.completions.runTools({ model: 'echo', messages: [{ role: 'user', content: '/tool add {"a":2,"b":3}' }], tools: [tool] });
    return { text: await run.finalContent() };
  },
  async responses() {
    const answer = await client.responses.create({ model: 'echo', input: said });
    return { text: answer.output_text, status: answer.status, tokens: answer.usage.total_tokens };
  },
  async responsesStream() {
    const stream = client.responses.stream({ model: 'echo', input: said });
    let text = '';
    stream.on('response.output_text.delta', (event) => { text += event.delta; });
    const answer = await stream.finalResponse();
    return { text, whole: answer.output_text, tokens: answer.usage.total_tokens };
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return { ids };
  },
  async unknownModel() {
    await client.chat.completions.create({ model: 'nowhere', messages });
  },
};

const results = {};
for (const name of (process.env.STEPS ?? Object.keys(steps).join()).split(',')) {
  try {
    results[name] = await steps[name]();
  } catch (error) {
    results[name] = { error: error.constructor.name, status: error.status, code: error.code, message: error.message, request: error.requestID };
  }
}

console.log(JSON.stringify(results));
