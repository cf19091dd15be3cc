import { configure, getJsonLinesFormatter, type LogRecord } from '@logtape/logtape'

const formatter = getJsonLinesFormatter({ properties: 'flatten' })

/** One JSON object a line, to wherever the host wants it. */
export const startLogging = (write: (line: string) => void): Promise<void> =>
  configure({
    reset: true,
    sinks: { lines: (record: LogRecord) => write(formatter(record)) },
    loggers: [
      { category: ['roomtone'], lowestLevel: 'info', sinks: ['lines'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['lines'] },
    ],
  })
