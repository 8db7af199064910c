/**
 * report: what is said of a run. In go results, reasons and failures as data, out come documents (glued.run/1, glued.status/1,
 * glued.explain/1, glued.history/1, glued.error/1, HAR), their schemas, and text for a person. It decides nothing, changes no outcome, and lets no outside
 * text steer a terminal.
 */
export { type ErrorDocument, errorDocument } from './error-document.ts';
export { type ExplainDocument, explainDocument, type ExplainInput } from './explain-document.ts';
export { field, type FieldFound, fieldText } from './field.ts';
export { type Har, harDocument, type HarEntry } from './har.ts';
export { healthOf, summaryOf } from './health.ts';
export { type HistoryDocument, historyDocument, type HistoryInput } from './history-document.ts';
export { jsonLine, jsonText } from './json-text.ts';
export type { DocumentName } from './schema/documents.ts';
export { failureToError, failureToReason, nextRef, reasonToResult } from './reason.ts';
export { renderDoctor } from './render/doctor-text.ts';
export { renderExplain } from './render/explain-text.ts';
export { renderFailure } from './render/failure-text.ts';
export { renderHistory } from './render/history-text.ts';
export { type Look, timeText } from './render/look.ts';
export { renderRun } from './render/run-text.ts';
export { renderService } from './render/service-text.ts';
export { type ConsoleAnswer, renderConsole } from './render/status-consoles.ts';
export { renderStatus } from './render/status-text.ts';
export { printable } from './sanitize.ts';
export { type Moment, type Standing, standingOf } from './standing.ts';
export { noStatus, statusDocument } from './status-document.ts';
