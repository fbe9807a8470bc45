import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type ExecutionRecord, encodeExecution, type Hex, parseExecution } from '@opengradient/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { heapOfDrip } from '../../../protocol/src/testkit/drip.testkit.ts'
import { PUBLISHED_PATHS, publishedProblem } from '../oip/openapi.testkit.ts'
import { vectorsOf } from '../onnx/vectors.testkit.ts'
import { attribute, doubler, graph, hoarder, int64s, model, node, sleeper, TYPE, value } from '../onnx/writer.testkit.ts'
import { folderOf, MODELS, memorySource, sampleFolder } from './folderSource.testkit.ts'
import type { AdmitRequest, Outcome, RequestGate, Ticket } from './pipeline.ts'
import { type Answer, ask, serve, type TestServer } from './server.testkit.ts'
import type { ModelSource } from './source.ts'

const X = (...values: number[]): object => ({ name: 'x', shape: [values.length, 1], datatype: 'FP32', data: values })
/** The list that `/v2/repository/index` answers. */
const entriesOf = ({ json }: Answer): readonly { name: string; version: string; state: string }[] =>
  json as unknown as { name: string; version: string; state: string }[]
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
const infer = (id: string): string => `/v2/models/${id}/infer`

describe('the Open Inference Protocol', () => {
  const folders = {
    'alice/doubler': folderOf(doubler(1)),
    'alice/volatility': sampleFolder('volatility_mlp_16_32_32_1'),
    'alice/trees': sampleFolder('credit_gbt_200x4_classifier'),
    'bob/exact': sampleFolder('digits_mlp_int8_matmulinteger', { class: 'exact', golden: [] }),
  }
  const id = folders['alice/doubler'].modelId
  let server: TestServer
  beforeAll(async () => {
    server = await serve(folders)
  })

  it('has every path of the published document, and answers as it says', async () => {
    for (const { method, path, answer } of PUBLISHED_PATHS) {
      const url = path.replace('{MODEL_NAME}', 'alice%2Fdoubler').replace('{MODEL_VERSION}', id)
      const body = method === 'POST' ? { inputs: [X(1)] } : undefined
      if (body !== undefined) expect(publishedProblem('inference_request', body)).toBeUndefined()
      if (url.endsWith('/ready') && url.includes(id)) await server.ask('POST', infer(id), { body: { inputs: [X(1)] } })
      const { status, json } = await server.ask(method, url, { body })
      expect([method, path, status]).toEqual([method, path, 200])
      if (answer !== undefined) expect(publishedProblem(answer, json)).toBeUndefined()
    }
    const refused = await server.ask('POST', infer(id), { body: {} })
    expect(refused.status).toBe(400)
    expect(publishedProblem('metadata_server_error_response', refused.json)).toBeUndefined()
  })

  it('says who it is and what a model takes', async () => {
    expect((await server.ask('GET', '/v2')).json).toEqual({
      name: 'opengradient',
      version: '1.2.3',
      extensions: ['binary_tensor_data', 'model_repository', 'statistics'],
    })
    const { json } = await server.ask('GET', '/v2/models/alice%2Ftrees')
    expect(json).toMatchObject({
      name: 'alice/trees',
      versions: [folders['alice/trees'].modelId],
      platform: 'onnx_onnx',
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 12], parameters: { symbols: { 0: 'N' } } }],
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [-1] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
      ],
    })
  })

  it('finds a model by id, by name, by name and version', async () => {
    for (const path of [
      infer(id),
      infer('alice%2Fdoubler'),
      `/v2/models/alice%2Fdoubler/versions/${id}/infer`,
      `/v2/models/${id}/versions/${id}/infer`,
    ]) {
      const { status, json, headers } = await server.ask('POST', path, { body: { id: 'r1', inputs: [X(1, 2)] } })
      expect([path, status]).toEqual([path, 200])
      expect(json).toEqual({
        model_name: 'alice/doubler',
        model_version: id,
        id: 'r1',
        outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 1], data: [2, 4] }],
      })
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-encoding': 'identity', 'cache-control': 'no-transform' })
    }
  })

  it.each<[string, string, string]>([
    ['an unknown name', infer('alice%2Fnothing'), 'MODEL_NOT_FOUND'],
    ['an unknown id', infer(`0x${'00'.repeat(32)}`), 'MODEL_NOT_FOUND'],
    ['a version that is no id', '/v2/models/alice%2Fdoubler/versions/1/infer', 'MODEL_NOT_FOUND'],
    ['a version of another model', `/v2/models/alice%2Fdoubler/versions/${folders['alice/trees'].modelId}/infer`, 'MODEL_NOT_FOUND'],
    ['two ids', `/v2/models/${id}/versions/${folders['alice/trees'].modelId}/infer`, 'MODEL_NOT_FOUND'],
    ['another address', '/v3', 'HTTP_NOT_FOUND'],
  ])('knows nothing of %s', async (_, path, code) => {
    const { status, json } = await server.ask('POST', path, { body: { inputs: [X(1)] } })
    expect([status, json.code]).toEqual([404, code])
    expect(typeof json.error).toBe('string')
  })

  it('tells who writes a name with its slash, or looks for a configuration, where it is', async () => {
    const said = async (method: 'GET' | 'POST', path: string) => {
      const { status, json } = await server.ask(method, path, method === 'POST' ? { body: { inputs: [X(1)] } } : {})
      expect(status).toBe(404)
      return String(json.error)
    }
    for (const rest of ['', '/ready', `/versions/${id}`, `/versions/${id}/ready`])
      expect(await said('GET', `/v2/models/alice/doubler${rest}`)).toMatch(new RegExp(`is %2F: /v2/models/alice%2Fdoubler${rest}$`))
    expect(await said('POST', '/v2/models/alice/doubler/infer')).toMatch(/is %2F: \/v2\/models\/alice%2Fdoubler\/infer$/)
    expect(await said('GET', '/v2/models/alice%2Fdoubler/config')).toMatch(/No model has a configuration/)
    for (const path of [`/v2/models/${id}/nothing`, '/v2/models/a/b/c/d/e', '/v2/other/a/b']) expect(await said('GET', path)).toMatch(/\.$/)
  })

  it('reproduces the vectors of a trained model, in the JSON of the protocol', async () => {
    const { inputs, outputs } = vectorsOf('volatility_mlp_16_32_32_1')
    const { json } = await server.ask('POST', infer('alice%2Fvolatility'), {
      body: { inputs: [{ name: 'input', shape: [32, 16], datatype: 'FP32', data: inputs.input }] },
    })
    const { shape, data } = json.outputs[0]!
    expect(shape).toEqual([32, 1])
    for (const [i, want] of (outputs.output as number[][]).entries()) expect(data[i]).toBeCloseTo(want[0]!, 4)
  })

  it('takes and gives binary tensors, the same numbers as in JSON', async () => {
    const raw = readFileSync(join(MODELS, 'volatility_mlp_16_32_32_1', 'input_input.bin'))
    const header = Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'input', shape: [32, 16], datatype: 'FP32', parameters: { binary_data_size: raw.length } }],
        outputs: [{ name: 'output', parameters: { binary_data: true } }],
      }),
    )
    const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) }
    const {
      status,
      body,
      headers: answered,
    } = await server.ask('POST', infer('alice%2Fvolatility'), { headers, body: Buffer.concat([header, raw]) })
    expect([status, answered['content-type']]).toEqual([200, 'application/octet-stream'])
    const length = Number(answered['inference-header-content-length'])
    const json = JSON.parse(body.toString('utf8', 0, length)) as { outputs: { parameters: { binary_data_size: number } }[] }
    expect(json.outputs[0]!.parameters.binary_data_size).toBe(128)
    expect(body.length).toBe(length + 128)
    const asJson = await server.ask('POST', infer('alice%2Fvolatility'), {
      body: {
        inputs: [
          {
            name: 'input',
            shape: [32, 16],
            datatype: 'FP32',
            data: [...new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length))],
          },
        ],
      },
    })
    const numbers = asJson.json.outputs[0]!.data as number[]
    expect(numbers.map(Math.fround)).toEqual([...new Float32Array(Uint8Array.from(body.subarray(length)).buffer)])
  })

  it('gets a model ready for clients that ask before they send anything', async () => {
    const path = `/v2/models/${folders['alice/volatility'].modelId}/ready`
    const fresh = await serve({ 'alice/volatility': folders['alice/volatility'] })
    const { status, headers, json } = await fresh.ask('GET', path)
    expect([status, json.code, headers['retry-after']]).toEqual([503, 'MODEL_NOT_READY', '1'])
    await expect.poll(async () => (await fresh.ask('GET', path)).status).toBe(200)
    expect(fresh.scheduler.get(folders['alice/volatility'].modelId)!.stats).toMatchObject({ loads: 1, succeeded: 0 })
  })

  it('gives several outputs of several types', async () => {
    const row = vectorsOf('credit_gbt_200x4_classifier')
    const { json } = await server.ask('POST', infer('alice%2Ftrees'), {
      body: { inputs: [{ name: 'input', shape: [32, 12], datatype: 'FP32', data: row.inputs.input }] },
    })
    const label = json.outputs[0]!
    expect(label.datatype).toBe('INT64')
    expect(label.data).toEqual(row.outputs.label)
  })

  it('runs models of the class exact in WebAssembly, the others natively', async () => {
    const engine = async (name: string): Promise<string> => (await server.ask('GET', `/v2/models/${name}`)).json.platform
    expect(await engine('bob%2Fexact')).toBe('onnx_onnx-exact')
    expect(await engine('alice%2Fdoubler')).toBe('onnx_onnx')
    const images = vectorsOf('digits_mlp_int8_matmulinteger').inputs.input as number[][]
    expect(
      (
        await server.ask('POST', infer('bob%2Fexact'), {
          body: { inputs: [{ name: 'input', shape: [1, 784], datatype: 'FP32', data: images[0] }] },
        })
      ).status,
    ).toBe(200)
  })

  it('lists its models and what state they are in', async () => {
    await server.ask('POST', infer(id), { body: { inputs: [X(1)] } })
    const list = entriesOf(await server.ask('POST', '/v2/repository/index', { body: {} }))
    expect(list).toHaveLength(4)
    expect(list.find(({ name }) => name === 'alice/doubler')).toMatchObject({ version: id, state: 'READY' })
    expect((await server.ask('GET', '/v2/repository/index')).json).toEqual(list)
    const ready = entriesOf(await server.ask('POST', '/v2/repository/index', { body: { ready: true } }))
    expect(ready.every(({ state }) => state === 'READY')).toBe(true)
  })

  it('counts what it did', async () => {
    const before = (await server.ask('GET', `/v2/models/${id}/stats`)).json.model_stats[0]!
    await server.ask('POST', infer(id), { body: { inputs: [X(1)] } })
    const after = (await server.ask('GET', `/v2/models/${id}/stats`)).json.model_stats[0]!
    expect(after).toMatchObject({ name: 'alice/doubler', version: id, inference_count: before.inference_count + 1 })
    expect(after.inference_stats.compute_infer.ns).toBeGreaterThan(0)
    const metrics = (await server.ask('GET', '/metrics')).body.toString()
    expect(metrics).toContain(`og_model_succeeded_total{model="${id}"} ${after.inference_count}`)
    expect(metrics).toMatch(/og_inference_requests_total\{status="200"\} \d+/)
    expect(metrics).toMatch(new RegExp(`og_model_compute_seconds_bucket\\{model="${id}",le="\\+Inf"\\} ${after.inference_count}`))
    expect(metrics).toContain('process_cpu_user_seconds_total')
  })

  it('says that it lives and is ready', async () => {
    for (const path of ['/v2/health/live', '/v2/health/ready', '/healthz', '/readyz'])
      expect((await server.ask('GET', path)).status).toBe(200)
  })
})

describe('bad requests', () => {
  const folder = folderOf(doubler(1))
  const path = infer(folder.modelId)
  const good = { inputs: [X(1)] }
  let server: TestServer
  beforeAll(async () => {
    server = await serve({ 'a/b': folder }, { maxBodyBytes: 10_000 })
  })

  it.each<[string, Parameters<TestServer['ask']>[2], number, string]>([
    ['JSON that is none', { body: '{' }, 400, 'JSON_SYNTAX'],
    ['an empty body', { body: '' }, 400, 'JSON_SYNTAX'],
    ['another datatype', { body: { inputs: [{ ...X(1), datatype: 'FP64' }] } }, 400, 'INPUT_DATATYPE'],
    ['another shape', { body: { inputs: [{ ...X(1), shape: [1] }] } }, 400, 'INPUT_SHAPE'],
    ['too large a body', { body: 'x'.repeat(10_001) }, 413, 'HTTP_BODY_TOO_LARGE'],
    ['a form', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'HTTP_CONTENT_TYPE_REFUSED'],
    ['plain text', { body: good, headers: { 'content-type': 'text/plain' } }, 415, 'HTTP_CONTENT_TYPE_REFUSED'],
    ['another type', { body: good, headers: { 'content-type': 'application/xml' } }, 415, 'HTTP_CONTENT_TYPE_REFUSED'],
    [
      'binary without header length',
      { body: good, headers: { 'content-type': 'application/octet-stream' } },
      415,
      'HTTP_CONTENT_TYPE_REFUSED',
    ],
    ['a header length that is none', { body: good, headers: { 'inference-header-content-length': '1e3' } }, 400, 'INPUT_MALFORMED'],
    ['a compressed body', { body: good, headers: { 'content-encoding': 'gzip' } }, 415, 'HTTP_CONTENT_TYPE_REFUSED'],
    ['a foreign host', { body: good, headers: { host: 'evil.example' } }, 403, 'HTTP_HOST_REFUSED'],
    ['a foreign page', { body: good, headers: { origin: 'https://evil.example' } }, 403, 'HTTP_ORIGIN_REFUSED'],
  ])('%s is refused', async (_, options, status, code) => {
    const answer = await server.ask('POST', path, options)
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.json).toMatchObject({ error: expect.any(String), docs: `docs/errors.md#${code}` })
  })

  it('a body without a type is what its header length says, as Triton’s clients send it, but not from a foreign page', async () => {
    const send = async (body: Buffer<ArrayBuffer>, headers: Record<string, string>) => {
      const reply = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body, headers })
      const { code, outputs } = (await reply.json()) as { code?: string; outputs?: [{ data: number[] }] }
      return code ?? outputs?.[0].data
    }
    const json = Buffer.from(JSON.stringify(good))
    expect(await send(json, {})).toEqual([2])
    const input = { name: 'x', shape: [1, 1], datatype: 'FP32', parameters: { binary_data_size: 4 } }
    const head = Buffer.from(JSON.stringify({ inputs: [input] }))
    const binary = Buffer.concat([head, Buffer.from(Float32Array.of(1).buffer)])
    expect(await send(binary, { 'inference-header-content-length': `${head.length}` })).toEqual([2])
    expect(await send(json, { origin: 'https://evil.example' })).toBe('HTTP_ORIGIN_REFUSED')
  })

  it('leaves the server well', async () => {
    expect((await server.ask('POST', path, { body: good })).status).toBe(200)
    expect((await server.ask('GET', '/metrics')).body.toString()).toMatch(/og_inference_requests_total\{status="400"\} [1-9]/)
  })

  it.each(['/v2/models/a/infer', '/v2/repository/index', '/nothing'])(
    'holds a body for %s that comes byte by byte in no more than its bytes',
    async (to) => {
      const roomy = await serve({ 'a/b': folder })
      const head = `POST ${to} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json`
      expect(await heapOfDrip(roomy.app.server, roomy.port, head, 200_000)).toBeLessThan(20)
    },
  )

  it('does not fall over a connection that says nonsense', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nxxx'),
      )
      socket.on('close', () => resolve()).on('error', () => resolve())
      socket.resume()
    })
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
  })
})

describe('trouble with a model', () => {
  it('is answered with its reason, and kept to that model', async () => {
    const broken = folderOf(doubler(1), {
      golden: [
        {
          input: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }],
          output: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [3] }],
        },
      ],
    })
    const greedy = folderOf(hoarder())
    const good = folderOf(doubler(2))
    const server = await serve(
      { 'a/broken': broken, 'a/greedy': greedy, 'a/good': good },
      { scheduler: { modelMemoryBytes: 512 * 2 ** 20 } },
    )
    const failed = await server.ask('POST', infer(broken.modelId), { body: { inputs: [X(1)] } })
    expect([failed.status, failed.json.code]).toEqual([503, 'ENGINE_GOLDEN_MISMATCH'])
    expect((await server.ask('GET', `/v2/models/${broken.modelId}/ready`)).json.code).toBe('ENGINE_GOLDEN_MISMATCH')
    const states = async () => entriesOf(await server.ask('GET', '/v2/repository/index')).map(({ name, state }) => [name, state])
    // A failure is kept for some seconds.
    expect(await states()).toEqual([
      ['a/broken', 'UNAVAILABLE'],
      ['a/greedy', 'UNKNOWN'],
      ['a/good', 'UNKNOWN'],
    ])
    const huge = await server.ask('POST', infer(greedy.modelId), {
      body: { inputs: [{ name: 'shape', shape: [2], datatype: 'INT64', data: [40_000, 20_000] }] },
    })
    expect([huge.status, huge.json.code]).toEqual([422, 'ENGINE_OUT_OF_MEMORY'])
    expect(
      (await server.ask('POST', infer(good.modelId), { body: { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] } }))
        .status,
    ).toBe(200)
    expect((await states()).slice(1)).toEqual([
      ['a/greedy', 'READY'],
      ['a/good', 'READY'],
    ])
  })

  it('of another format, or whose manifest is not the one of its id, is said', async () => {
    const folder = folderOf(doubler(1))
    const zkir = folderOf(doubler(1), { format: 'zkir' })
    const forged = { ...folderOf(doubler(2)), modelId: `0x${'12'.repeat(32)}` as Hex }
    const server = await serve({ 'a/a': folder, 'a/zk': zkir, 'a/forged': forged })
    expect((await server.ask('GET', '/v2/models/a%2Fzk')).json.code).toBe('MODEL_FORMAT_UNSUPPORTED')
    expect((await server.ask('GET', '/v2/models/a%2Fforged')).json.code).toBe('MANIFEST_MISMATCH')
  })

  it('that is no longer offered ends its process and its answers', async () => {
    const [kept, gone] = [folderOf(doubler(1)), folderOf(doubler(3))]
    const models: Record<string, typeof kept> = { 'a/kept': kept, 'a/gone': gone }
    const source: ModelSource = {
      open: async (modelId) => memorySource(models).open(modelId),
      resolve: async (name) => memorySource(models).resolve(name),
      list: async () => memorySource(models).list(),
    }
    const server = await serve({}, { source, refreshMs: 50 })
    const body = { inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] }] }
    expect((await server.ask('POST', infer(gone.modelId), { body })).status).toBe(200)
    expect((await server.ask('POST', infer(kept.modelId), { body: { inputs: [X(1)] } })).status).toBe(200)
    const pid = server.scheduler.get(gone.modelId)!.pid!
    delete models['a/gone']
    await expect.poll(async () => (await server.ask('POST', infer(gone.modelId), { body })).status).toBe(404)
    await expect.poll(() => isGone(pid)).toBe(true)
    expect(server.scheduler.get(kept.modelId)!.state).toBe('ready')
    models['a/gone'] = gone
    await expect.poll(async () => (await server.ask('POST', infer(gone.modelId), { body })).status).toBe(200)
  })

  it('keeps NaN out and lets it out as text', async () => {
    const log = folderOf(
      model(
        graph({
          nodes: [node('Log', ['x'], ['y'])],
          inputs: [value('x', TYPE.FLOAT, ['N', 1])],
          outputs: [value('y', TYPE.FLOAT, ['N', 1])],
        }),
      ),
    )
    const server = await serve({ 'a/log': log })
    const { json } = await server.ask('POST', infer(log.modelId), { body: { inputs: [X(-1, 0, 1)] } })
    expect(json.outputs[0]!.data).toEqual(['NaN', '-Infinity', 0])
    expect(publishedProblem('inference_response', json)).toBeUndefined()
  })
})

describe('load', () => {
  const folder = folderOf(sleeper())
  const steps = (n: number): object => ({ inputs: [{ name: 'n', shape: [], datatype: 'INT64', data: [n] }] })
  const scheduledOf = ({ scheduler }: TestServer) => scheduler.get(folder.modelId)!
  /** Stops the process of the model: what it is asked from here on is not finished before `resume`. */
  const stop = (server: TestServer): number => {
    const pid = scheduledOf(server).pid!
    process.kill(pid, 'SIGSTOP')
    return pid
  }
  const resume = (pid: number) => process.kill(pid, 'SIGCONT')
  /** Until so many requests are admitted. */
  const admitted = (server: TestServer, count: number) => expect.poll(() => scheduledOf(server).outstanding).toBe(count)

  it('beyond the queue is refused with a time to come back', async () => {
    const server = await serve({ 'a/s': folder }, { scheduler: { maxQueue: 2 } })
    await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    const pid = stop(server)
    const busy = [1, 2].map(() => server.ask('POST', infer(folder.modelId), { body: steps(100) }))
    await admitted(server, 2)
    const { status, headers, json } = await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    expect([status, json.code]).toEqual([429, 'ENGINE_QUEUE_FULL'])
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    resume(pid)
    expect((await Promise.all(busy)).map((answer) => answer.status)).toEqual([200, 200])
  })

  it('that takes longer than the caller wants to wait is given up', async () => {
    const server = await serve({ 'a/s': folder })
    await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    const pid = stop(server)
    const { status, json } = await server.ask('POST', infer(folder.modelId), {
      body: { ...steps(100), parameters: { timeout: 20_000 } },
    })
    expect([status, json.code]).toEqual([504, 'ENGINE_DEADLINE'])
    resume(pid)
    expect((await server.ask('POST', infer(folder.modelId), { body: steps(3) })).json.outputs[0]!.data).toEqual([3])
  })

  it('of a caller who leaves is forgotten, and nothing is signed for it', async () => {
    const { gate, events } = recordingGate()
    const server = await serve({ 'a/s': folder }, { gate })
    await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    events.length = 0
    const pid = stop(server)
    const leaving = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      method: 'POST',
      path: infer(folder.modelId),
      headers: { 'content-type': 'application/json' },
    })
    leaving.on('error', () => {})
    leaving.end(JSON.stringify(steps(100)))
    await admitted(server, 1)
    leaving.destroy()
    await expect.poll(() => events.map(([what]) => what)).toEqual(['admit', 'abort'])
    resume(pid)
    const { stats } = server.scheduler.get(folder.modelId)!
    expect(stats.cancelled).toBe(1)
    expect((await server.ask('GET', '/metrics')).body.toString()).toMatch(/og_inference_requests_total\{status="499"\} 1/)
  })

  it('is answered before the server goes away', async () => {
    const server = await serve({ 'a/s': folder })
    await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    const pid = stop(server)
    const busy = server.ask('POST', infer(folder.modelId), { body: steps(100) })
    await admitted(server, 1)
    const drained = server.drain()
    const refused = await server.ask('POST', infer(folder.modelId), { body: steps(1) })
    expect([refused.status, refused.json.code]).toEqual([503, 'NODE_DRAINING'])
    expect((await server.ask('GET', '/readyz')).status).toBe(503)
    resume(pid)
    expect((await busy).status).toBe(200)
    await drained
    await expect(ask(server.port, 'GET', '/healthz', {}, undefined)).rejects.toThrow()
    expect(() => process.kill(pid, 0)).toThrow()
  })
})

interface Recorded {
  gate: RequestGate
  events: [what: string, value: unknown][]
}

/** A gate that writes down what it is told, in order. */
function recordingGate(override: Partial<RequestGate> = {}): Recorded {
  const events: [string, unknown][] = []
  const gate: RequestGate = {
    async admit(request) {
      events.push(['admit', request])
      return override.admit === undefined ? { kind: 'run', ticket: { n: events.length } } : override.admit(request)
    },
    async complete(ticket, outcome) {
      events.push(['complete', { ticket, outcome }])
      return override.complete === undefined ? { headers: { 'og-receipt': 'r', 'og-request-id': 'q' } } : override.complete(ticket, outcome)
    },
    async abort(ticket, reason) {
      events.push(['abort', { ticket, reason }])
    },
  }
  return { gate, events }
}

describe('the gate', () => {
  const folder = folderOf(doubler(1))
  const path = infer(folder.modelId)
  const body = JSON.stringify({ inputs: [X(21)], parameters: { priority: 1 } })

  it('sees the request as it was sent, and the answer as it goes out, before it goes out', async () => {
    const { gate, events } = recordingGate()
    const server = await serve({ 'a/b': folder }, { gate })
    const answer = await server.ask('POST', `${path}?why=not`, { body, headers: { 'content-type': 'application/json; charset=utf-8' } })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'og-receipt': 'r', 'og-request-id': 'q' })
    const [[, admitted], [, completed]] = events as unknown as [[string, AdmitRequest], [string, { ticket: Ticket; outcome: Outcome }]]
    expect(admitted).toMatchObject({
      method: 'POST',
      path: `${path}?why=not`,
      contentType: 'application/json; charset=utf-8',
      model: { modelId: folder.modelId, author: folder.author },
    })
    expect(Buffer.from(admitted.body).toString()).toBe(body)
    expect(admitted.usage).toEqual([
      { unit: 'request', units: '1' },
      { unit: 'byte', units: String(body.length) },
    ])
    const { outcome } = completed
    expect(Buffer.from(outcome.responseBody)).toEqual(answer.body)
    expect(outcome.responseContentType).toBe(answer.headers['content-type'])
    expect(events.map(([what]) => what)).toEqual(['admit', 'complete'])
  })

  it('gets facts that make a valid execution record: everything used, everything dropped', async () => {
    const { gate, events } = recordingGate()
    const server = await serve({ 'a/b': folder }, { gate })
    await server.ask('POST', path, {
      body: {
        inputs: [X(1)],
        outputs: [{ name: 'y', parameters: { binary_data: true } }],
        parameters: { timeout: 30_000_000, priority: 1 },
      },
    })
    const { outcome } = events[1]![1] as { outcome: Outcome }
    const record = {
      v: 1,
      ...outcome.execution,
      quote: [{ unit: 'request', rate: '0', source: 'free' }],
      salt: `0x${'00'.repeat(32)}`,
    } as ExecutionRecord
    const parsed = parseExecution(encodeExecution(record))
    expect(parsed).toMatchObject({
      endpoint: path,
      contentType: 'application/octet-stream',
      model: { modelId: folder.modelId, files: [{ path: 'model.onnx', sha256: folder.manifest.files[0]!.sha256 }] },
      engine: { name: 'onnx' },
      environment: { device: 'cpu' },
      class: 'tolerance',
      parameters: {
        threads: 1,
        execution_provider: 'cpu',
        binary_data_output: false,
        'outputs[0].parameters.binary_data': true,
        timeout: 30_000_000,
        rows: 1,
        outputs: 1,
      },
      added: [],
      dropped: ['priority'],
      finish: 'stop',
    })
    expect(outcome.responseHeaders['inference-header-content-length']).toBe(String(parsed.parameters.inference_header_content_length))
  })

  it('may answer in place of the model', async () => {
    const reply = {
      status: 402,
      headers: { 'content-type': 'application/json', 'payment-required': 'x' },
      body: Buffer.from('{"error":"pay"}'),
    }
    const { gate, events } = recordingGate({ admit: async () => ({ kind: 'reply', reply }) })
    const server = await serve({ 'a/b': folder }, { gate })
    const answer = await server.ask('POST', path, { body })
    expect([answer.status, answer.headers['payment-required'], answer.json]).toEqual([402, 'x', { error: 'pay' }])
    expect(events.map(([what]) => what)).toEqual(['admit'])
    expect(server.scheduler.get(folder.modelId)!.stats.loads).toBe(0)
    expect(server.scheduler.get(folder.modelId)!.outstanding).toBe(0)
  })

  it('is not asked about a request that could not run anyway', async () => {
    const { gate, events } = recordingGate()
    const server = await serve({ 'a/b': folder }, { gate })
    expect((await server.ask('POST', path, { body: { inputs: [] } })).status).toBe(400)
    expect(events).toEqual([])
  })

  it('is told to abort, once, when the model fails or the answer cannot be completed', async () => {
    const reshape = folderOf(
      model(
        graph({
          nodes: [
            node('Softmax', ['x'], ['y']),
            node('Concat', ['x', 'y'], ['z'], [attribute.int('axis', 1)]),
            node('Reshape', ['z', 'to'], ['w']),
          ],
          inputs: [value('x', TYPE.FLOAT, ['N', 1])],
          outputs: [value('w', TYPE.FLOAT, [2])],
          initializers: [int64s('to', [2])],
        }),
      ),
    )
    const failing = recordingGate()
    const one = await serve({ 'a/r': reshape }, { gate: failing.gate })
    const answer = await one.ask('POST', infer(reshape.modelId), { body: { inputs: [X(1, 2)] } })
    expect([answer.status, answer.json.code]).toEqual([422, 'ENGINE_FAILED'])
    expect(failing.events.map(([what]) => what)).toEqual(['admit', 'abort'])

    const careless = recordingGate({ complete: async () => ({ headers: { 'og-receipt': 'two\nlines' } }) })
    const three = await serve({ 'a/b': folder }, { gate: careless.gate })
    expect((await three.ask('POST', path, { body })).status).toBe(500)
    // It was completed: whatever happens on the way out, the gate must not be told otherwise.
    expect(careless.events.map(([what]) => what)).toEqual(['admit', 'complete'])

    const unable = recordingGate({
      complete: async () => {
        throw new Error('disk on fire: /var/secret')
      },
    })
    const two = await serve({ 'a/b': folder }, { gate: unable.gate })
    const lost = await two.ask('POST', path, { body })
    expect([lost.status, lost.json.code]).toEqual([500, 'INTERNAL'])
    expect(lost.body.toString()).not.toContain('secret')
    expect(lost.headers['og-receipt']).toBeUndefined()
    expect(unable.events.map(([what]) => what)).toEqual(['admit', 'complete', 'abort'])
  })
})
