import type { ErrorDocument } from '../error-document.ts';
import { constant, group, published, type Schema, text } from './build.ts';
import { codeName, exitCode } from './parts.ts';

/** Why a command, or a request to the control socket, gave nothing. */
export const ERROR_SCHEMA: Schema = published(
  'error:1',
  'glued.error/1: why a command, or a request to the control socket, was refused or failed',
  group<ErrorDocument>(
    { schema: constant('glued.error/1'), code: exitCode, codeName, text: text('What is wrong.'), remedy: text('What to do.') },
    [],
  ),
);
