import ts from 'typescript';
import { at, ROOT } from './support/root.ts';
import { filesBelow } from './support/walk.ts';

/** Statements whose value is a promise that nobody awaits: its failure would end the process or vanish. `void f()` says it is meant. */
export function floatingIn(files: readonly string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram([...files], options);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const visit = (source: ts.SourceFile, node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && isPromise(checker, node.expression)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${source.fileName.replace(`${ROOT}/`, '')}:${line + 1}: this promise is not awaited`);
    }
    ts.forEachChild(node, (child) => visit(source, child));
  };
  for (const source of program.getSourceFiles()) if (files.includes(source.fileName)) visit(source, source);
  return found;
}

function isPromise(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  if (ts.isAwaitExpression(expression) || ts.isVoidExpression(expression) || ts.isBinaryExpression(expression)) return false;
  if (!ts.isCallExpression(expression)) return false;
  const type = checker.getTypeAtLocation(expression);
  return type.getProperty('then') !== undefined && type.getProperty('catch') !== undefined;
}

/** Every source file of ours. */
export function floating(): string[] {
  const read = ts.getParsedCommandLineOfConfigFile(at('tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined });
  const files = ['src', 'build', 'test'].flatMap((folder) => filesBelow(folder, '.ts')).map((file) => at(file));
  return floatingIn(files, read?.options ?? {});
}
