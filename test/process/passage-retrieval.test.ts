/** @file Passages from a corpus file and from a server, with what can go wrong with either. Real files and sockets. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTriviaqaEnvironment } from '../../src/main/tasks/environments/triviaqa.ts'
import { indexPathOf, openBm25Index } from '../../src/main/tasks/retrieval/bm25-index.ts'
import { connectSearchServer } from '../../src/main/tasks/retrieval/search-server.ts'
import type { TaskSample } from '../../src/shared/domain/task.ts'

const { signal } = new AbortController()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-corpus-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function writeCorpus(...rows: unknown[]): string {
  const path = join(folder, 'corpus.jsonl')
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'))
  return path
}

const pages = [
  { id: '1', contents: '"Paris"\nParis is the capital of France.' },
  { id: '2', contents: '"Lyon"\nLyon lies on the Rhône.' },
  { title: 'Berlin', text: 'The capital of Germany is Berlin, a city of many capitals.' },
  { id: '4', contents: '"Cheese"\nFrance has many cheeses.' },
]

async function search(corpus: string, query: string): Promise<string[]> {
  const index = await openBm25Index(corpus, { signal })
  try {
    return (await index.retrieve(query, 3, signal)).map(({ document }) => document.contents.split('\n')[0]!)
  } finally {
    await index.close()
  }
}

describe('openBm25Index', () => {
  test('finds the best passages first, by the stems of words in any form of row', async () => {
    const corpus = writeCorpus(...pages)
    expect(await search(corpus, 'What is the capital of France?')).toEqual(['"Paris"', 'Berlin', '"Cheese"'])
    expect(await search(corpus, 'rhone')).toEqual(['"Lyon"'])
    expect(await search(corpus, 'zebra')).toEqual([])
    expect(await search(corpus, '😀 ""')).toEqual([])
  })

  test('searches beside this process, which goes on meanwhile, and answers each of several at once by its own', async () => {
    const index = await openBm25Index(writeCorpus(...pages), { signal })
    let hasGoneOn = false
    setImmediate(() => (hasGoneOn = true))
    const found = await Promise.all(['rhone', 'zebra', 'cheese'].map((query) => index.retrieve(query, 1, signal)))
    expect(found.map((passages) => passages.map(({ document }) => document.contents.split('\n')[0]))).toEqual([['"Lyon"'], [], ['"Cheese"']])
    expect(hasGoneOn).toBe(true)
    await index.close()
    await expect(index.retrieve('rhone', 1, signal)).rejects.toThrow('corpus.jsonl.bm25.sqlite: the search in this index has ended')
  })

  test('a search that is given up is not waited for', async () => {
    const index = await openBm25Index(writeCorpus(...pages), { signal })
    const stop = new AbortController()
    const searched = index.retrieve('rhone', 1, stop.signal)
    stop.abort(new Error('paused'))
    await expect(searched).rejects.toThrow('paused')
    await index.close()
  })

  test('is built once, and anew where the corpus has changed', async () => {
    const corpus = writeCorpus(...pages)
    let built = 0
    const open = async () => (await openBm25Index(corpus, { signal, onProgress: () => built++ })).close()
    writeFileSync(corpus, Array.from({ length: 10_000 }, (_, index) => JSON.stringify({ id: String(index), contents: `Page ${index}\nText` })).join('\n'))
    await open()
    await open()
    expect(built).toBe(1)
    utimesSync(corpus, new Date(0), new Date(0))
    await open()
    expect(built).toBe(2)
    expect(readdirSync(folder).sort()).toEqual(['corpus.jsonl', 'corpus.jsonl.bm25.sqlite'])
  })

  test('is built in a thread of its own, which ends with it', async () => {
    const corpus = writeCorpus(...pages)
    const threads: Worker[] = []
    const note = (thread: Worker): void => void threads.push(thread)
    process.on('worker', note)
    const opened = [await openBm25Index(corpus, { signal }), await openBm25Index(corpus, { signal })]
    await Promise.all(opened.map((index) => index.retrieve('rhone', 1, signal)))
    process.off('worker', note)
    // The two that search are still there; a thread that has ended is number -1.
    expect(threads.map(({ threadId }) => threadId > 0)).toEqual([false, true, true])
    await Promise.all(opened.map((index) => index.close()))
  })

  test('a file in the place of the index that is none is replaced', async () => {
    const corpus = writeCorpus(...pages)
    writeFileSync(indexPathOf(corpus), 'not a database')
    expect(await search(corpus, 'Lyon')).toEqual(['"Lyon"'])
  })

  test.each([
    ['{"id": "2", "contents": 7}', 'line 2, field contents: expected text, found the number 7'],
    ['{"title": "Paris"}', 'line 2, field text: expected text, found nothing'],
    ['{"id": "2"}', 'line 2: expected an object with id and contents, or title and text, found neither'],
    ['[]', 'line 2: expected an object with id and contents, or title and text, found a list'],
    ['{"id": ', 'line 2: expected JSON, found text that is not'],
    [`{"id": "2", "contents": "${'x'.repeat(2 ** 20)}"}`, 'line 2: expected at most 1048576 bytes, found a longer line'],
  ])('a line that is no passage ends it, by file and line: %.30s', async (line, problem) => {
    const corpus = writeCorpus(pages[0], line)
    await expect(openBm25Index(corpus, { signal })).rejects.toThrow(`${corpus}: ${problem}`)
    expect(readdirSync(folder)).toEqual(['corpus.jsonl'])
  })

  test('an empty corpus, none, or a folder is an error that names it', async () => {
    await expect(openBm25Index(writeCorpus(), { signal })).rejects.toThrow(/corpus\.jsonl: expected passages, one a line, found none/)
    await expect(openBm25Index(join(folder, 'missing'), { signal })).rejects.toThrow(/missing: the corpus cannot be read/)
    await expect(openBm25Index(folder, { signal })).rejects.toThrow(/expected a file, found a folder/)
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a folder that cannot be written is an error that says so (skipped for the superuser)', async () => {
    const corpus = writeCorpus(...pages)
    chmodSync(folder, 0o500)
    await expect(openBm25Index(corpus, { signal }).finally(() => chmodSync(folder, 0o700))).rejects.toThrow(/cannot be written/)
  })

  test('stops before or in the middle, and leaves nothing', async () => {
    const corpus = writeCorpus(...Array.from({ length: 20_000 }, (_, index) => ({ id: String(index), contents: `Page ${index}` })))
    await expect(openBm25Index(corpus, { signal: AbortSignal.abort(new Error('paused')) })).rejects.toThrow('paused')
    const stop = new AbortController()
    const fractions: number[] = []
    const onProgress = (fraction: number): void => {
      fractions.push(fraction)
      stop.abort(new Error('paused'))
    }
    await expect(openBm25Index(corpus, { signal: stop.signal, onProgress })).rejects.toThrow('paused')
    expect(fractions).toHaveLength(1)
    expect(readdirSync(folder)).toEqual(['corpus.jsonl'])
  })
})

/** Answers each request by the next of the answers, the last of them for ever. */
async function serve(...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  const bodies: unknown[] = []
  let count = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
      answers[Math.min(count++, answers.length - 1)]!(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/retrieve`
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url, bodies, [Symbol.asyncDispose]: async () => void (await close()) }
}

const answer = (value: unknown, status = 200) => (_: IncomingMessage, response: ServerResponse) => response.writeHead(status).end(typeof value === 'string' ? value : JSON.stringify(value))
const paris = { result: [[{ document: { id: '1', contents: '"Paris"\nCapital.' }, score: 0.9 }]] }
const quick = { retryDelaysMs: [1, 1] }

describe('connectSearchServer', () => {
  test('asks as the protocol has it', async () => {
    await using server = await serve(answer(paris))
    expect(await connectSearchServer(server.url).retrieve('capital of France', 3, signal)).toEqual([{ document: { contents: '"Paris"\nCapital.' } }])
    expect(server.bodies).toEqual([{ queries: ['capital of France'], topk: 3, return_scores: true }])
  })

  test('tries again where the server stumbles', async () => {
    await using server = await serve(answer('busy', 503), (request) => request.socket.destroy(), answer(paris))
    expect(await connectSearchServer(server.url, quick).retrieve('x', 3, signal)).toHaveLength(1)
    expect(server.bodies).toHaveLength(3)
  })

  test('gives up after some attempts, by address, number and reason', async () => {
    await using server = await serve(answer('no memory', 500))
    await expect(connectSearchServer(server.url, quick).retrieve('x', 3, signal)).rejects.toThrow(`${server.url}: the search failed 3 times (status 500 Internal Server Error: no memory)`)
    expect(server.bodies).toHaveLength(3)
  })

  test('does not repeat what will not get better', async () => {
    await using missing = await serve(answer('no such page', 404))
    await expect(connectSearchServer(missing.url, quick).retrieve('x', 3, signal)).rejects.toThrow('the search failed (status 404 Not Found: no such page)')
    expect(missing.bodies).toHaveLength(1)
    await using html = await serve(answer('<html>'))
    await expect(connectSearchServer(html.url, quick).retrieve('x', 3, signal)).rejects.toThrow('expected JSON, found "<html>"')
    await using other = await serve(answer({ result: [] }))
    await expect(connectSearchServer(other.url, quick).retrieve('x', 3, signal)).rejects.toThrow('expected {result: [[{document: {contents}}]]} with one list, found {"result":[]}')
  })

  test('does not wait for ever, nor read for ever', async () => {
    await using silent = await serve(() => {})
    await expect(connectSearchServer(silent.url, { timeoutMs: 50, retryDelaysMs: [] }).retrieve('x', 3, signal)).rejects.toThrow('no answer within 0.05 s')
    await using endless = await serve((_, response) => {
      const write = (): void => void (response.write('x'.repeat(2 ** 20)) ? setImmediate(write) : response.once('drain', write))
      write()
    })
    await expect(connectSearchServer(endless.url, quick).retrieve('x', 3, signal)).rejects.toThrow('expected an answer of at most 16777216 bytes, found more')
  })

  test('says that nobody listens', async () => {
    const server = await serve(answer(paris))
    await server[Symbol.asyncDispose]()
    await expect(connectSearchServer(server.url, quick).retrieve('x', 3, signal)).rejects.toThrow(/\/retrieve: the search failed 3 times \(fetch failed: .*ECONNREFUSED/)
  })

  test('stops when it is told to', async () => {
    await using silent = await serve(() => {})
    const stop = new AbortController()
    const searching = connectSearchServer(silent.url).retrieve('x', 3, stop.signal)
    stop.abort(new Error('paused'))
    await expect(searching).rejects.toThrow('paused')
  })

  test('stops between two attempts too', async () => {
    const stop = new AbortController()
    // The wait after the first attempt would be longer than the test.
    await using failing = await serve((_, response) => {
      response.writeHead(500).end()
      response.once('close', () => setImmediate(() => stop.abort(new Error('paused'))))
    })
    await expect(connectSearchServer(failing.url, { retryDelaysMs: [600_000] }).retrieve('x', 3, stop.signal)).rejects.toThrow('paused')
  })
})

test('a dialogue of TriviaQA reads its passages from either', async () => {
  const sample: TaskSample = { id: 't1', origin: 'file', domain: null, prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Capital of France?' }] }, solution: null, answers: ['paris'], extra: {} }
  const tools = { truncate: (text: string) => Promise.resolve({ text, isTruncated: false }), signal }
  await using server = await serve(answer(paris))
  for (const retriever of [{ kind: 'server', url: server.url }, { kind: 'local', corpusPath: writeCorpus({ id: '1', contents: '"Paris"\nCapital.' }) }] as const) {
    const environment = createTriviaqaEnvironment({ retriever })
    const { next } = await environment.step(sample, [], '<search> the capital </search>', tools)
    expect(next?.observation).toBe('Doc 1(Title: "Paris") Capital.\n')
    await environment.close()
  }
})
