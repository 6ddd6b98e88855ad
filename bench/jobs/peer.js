// A peer's queue, measured as JobBench measures ours: node peer.js graphile|pgboss worker|client JOBS. Prints one JSON line.
import pg from 'pg'

const [peer, role, count] = process.argv.slice(2)
const connectionString = process.env.BENCH_URL
const jobs = Number(count)

const graphile = async () => {
  const { run, makeWorkerUtils } = await import('graphile-worker')
  if (role === 'worker') {
    // As it comes: nothing but the task is said.
    await run({ connectionString, noHandleSignals: false, taskList: { noop: async () => {}, timed: async () => {} } })
    console.log('ready')
    return
  }
  const utils = await makeWorkerUtils({ connectionString })
  await utils.migrate()
  return {
    many: (n) => utils.addJobs(Array.from({ length: n }, (_, i) => ({ identifier: 'noop', payload: { i } }))),
    one: () => utils.addJob('noop', { i: 0 }),
    left: async (pool) => Number((await pool.query('select count(*) from graphile_worker._private_jobs')).rows[0].count),
    end: () => utils.release(),
  }
}

const pgboss = async () => {
  const { PgBoss } = await import('pg-boss')
  const boss = new PgBoss({ connectionString })
  boss.on('error', (fault) => console.error(fault.message))
  await boss.start()
  await boss.createQueue('noop')
  if (role === 'worker') {
    // Its defaults (one job each two seconds) cannot be compared: the batch and the interval are set for throughput.
    await boss.work('noop', { batchSize: 10, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }, async () => {})
    console.log('ready')
    return
  }
  return {
    many: (n) => boss.insert('noop', Array.from({ length: n }, (_, i) => ({ data: { i } }))),
    one: () => boss.send('noop', { i: 0 }),
    left: async (pool) => Number((await pool.query("select count(*) from pgboss.job where name = 'noop' and state < 'completed'")).rows[0].count),
    end: () => boss.stop({ graceful: false }),
  }
}

const queue = await (peer === 'graphile' ? graphile() : pgboss())
if (role === 'client') {
  const pool = new pg.Pool({ connectionString, max: 1 })
  const drained = async () => {
    while (await queue.left(pool)) await new Promise((done) => setTimeout(done, 10))
  }
  const singles = []
  for (let i = 0; i < 500; i++) {
    const begun = performance.now()
    await queue.one()
    singles.push(performance.now() - begun)
  }
  await drained()
  const latencies = []
  for (let i = 0; i < 30; i++) {
    await new Promise((done) => setTimeout(done, 50))
    const begun = performance.now()
    await queue.one()
    while (await queue.left(pool)) await new Promise((done) => setTimeout(done, 1))
    latencies.push(performance.now() - begun)
  }
  const begun = performance.now()
  for (let done = 0; done < jobs; done += 1000) await queue.many(Math.min(1000, jobs - done))
  await drained()
  const seconds = (performance.now() - begun) / 1000
  const part = (values, share) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]
  console.log(JSON.stringify({ perSecond: jobs / seconds, enqueueP50: part(singles, 0.5), enqueueP99: part(singles, 0.99), latencyP50: part(latencies, 0.5) }))
  await pool.end()
  await queue.end()
  process.exit(0)
}
